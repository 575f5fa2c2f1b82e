import { Type } from 'typebox'
import { type RouteAccess } from '../access/roles.ts'
import { problemResponse } from '../http/problem.ts'
import { type Routes } from '../route.ts'
import {
  DeadLetters,
  MessagesRequest,
  MessagesResponse,
  ReplayResponse,
  ReplayOrder,
  TopicDetail,
  TopicList,
} from './schema.ts'

/** Topics hold who people are, so not everybody who may look at results may look into them. */
const access: RouteAccess = ['ops']
const Topic = Type.Object({ topic: Type.String({ minLength: 1, maxLength: 249, pattern: '^[A-Za-z0-9._-]+$' }) })
const tags = ['topics']
const missing = { 404: problemResponse('not_found', 'There is no such topic or partition') }

/** What is in Kafka: topics, who reads them, their records, and dead letters, which can be sent again. */
export const topicRoutes: Routes = (app, { topics }) => {
  app.get(
    '/v1/topics',
    { config: { access }, schema: { summary: 'Every topic', tags, response: { 200: TopicList } } },
    async () => topics.list(),
  )

  app.get(
    '/v1/topics/:topic',
    {
      config: { access },
      schema: {
        summary: 'Partitions of a topic, and how far its readers are',
        tags,
        params: Topic,
        response: { 200: TopicDetail, ...missing },
      },
    },
    async ({ params: { topic } }) => topics.detail(topic),
  )

  app.get(
    '/v1/topics/:topic/messages',
    {
      config: { access },
      schema: {
        summary: 'Committed records: the last ones, or those from an offset or a time on; all, or those of a key',
        tags,
        params: Topic,
        querystring: MessagesRequest,
        response: { 200: MessagesResponse, ...missing, 422: problemResponse('unprocessable') },
      },
    },
    async ({ params: { topic }, query }) => topics.messages(topic, query),
  )

  app.get(
    '/v1/dead-letters',
    {
      config: { access },
      schema: {
        summary: 'The newest dead letters: records that could not be read, and why',
        tags,
        response: { 200: DeadLetters },
      },
    },
    async () => topics.deadLetters(),
  )

  app.post(
    '/v1/dead-letters/replay',
    {
      config: { access },
      schema: {
        summary: 'Sends dead letters to their topics again, as they were or corrected',
        description: 'With a header that names the record they replace. The dead letters stay where they are.',
        tags,
        body: ReplayOrder,
        response: {
          200: ReplayResponse,
          404: problemResponse('not_found', 'One of them is not there; none was sent'),
          422: problemResponse('unprocessable'),
        },
      },
    },
    async ({ body }) => ({ sent: await topics.replay(body) }),
  )
}
