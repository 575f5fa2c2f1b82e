import { Type } from 'typebox'
import { type RouteAccess } from '../access/roles.ts'
import { problemResponse } from '../http/problem.ts'
import { type Routes } from '../route.ts'
import { AnnotationsResponse, DashboardResponse, DashboardList, PanelResponse, PanelRequest } from './schema.ts'

const access: RouteAccess = ['viewer', 'ops']
const Uid = Type.Object({ uid: Type.String({ maxLength: 64 }) })
const PanelId = Type.Object({ uid: Uid.properties.uid, panel: Type.Integer({ minimum: 1, maximum: 10_000 }) })

/** The dashboards that Grafana has, and the data of their panels. */
export const dashboardRoutes: Routes = (app, { dashboards }) => {
  const { library } = dashboards
  app.get(
    '/v1/dashboards',
    {
      config: { access },
      schema: { summary: 'Every dashboard', tags: ['dashboards'], response: { 200: DashboardList } },
    },
    async () => ({ dashboards: library.list() }),
  )

  app.get(
    '/v1/dashboards/:uid',
    {
      config: { access },
      schema: {
        summary: 'A dashboard, and what its variables can be',
        tags: ['dashboards'],
        params: Uid,
        response: { 200: DashboardResponse, 404: problemResponse('not_found') },
      },
    },
    async ({ params: { uid } }) => {
      const dashboard = library.get(uid)
      return { dashboard: { ...dashboard }, variables: await library.variables(dashboard) }
    },
  )

  app.post(
    '/v1/dashboards/:uid/panels/:panel/data',
    {
      config: { access },
      schema: {
        summary: 'The data of a panel: what its own queries find',
        tags: ['dashboards'],
        params: PanelId,
        body: PanelRequest,
        response: {
          200: PanelResponse,
          404: problemResponse('not_found'),
          422: problemResponse('unprocessable', 'The range or a variable cannot be used'),
        },
      },
    },
    async ({ params: { uid, panel }, body }) => dashboards.panel(library.get(uid), panel, body),
  )

  app.post(
    '/v1/dashboards/:uid/annotations',
    {
      config: { access },
      schema: {
        summary: 'The marks on the charts of a dashboard',
        tags: ['dashboards'],
        params: Uid,
        body: PanelRequest,
        response: {
          200: AnnotationsResponse,
          404: problemResponse('not_found'),
          422: problemResponse('unprocessable', 'The range or a variable cannot be used'),
        },
      },
    },
    async ({ params: { uid }, body }) => ({ annotations: await dashboards.annotations(library.get(uid), body) }),
  )
}
