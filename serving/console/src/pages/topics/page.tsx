import { Tabs } from '@mantine/core'
import { useParams, useSearchParams } from 'react-router'
import { Page } from '../../elements/page.tsx'
import { DeadLettersView } from './dead-letters.tsx'
import { TopicList } from './topic-list.tsx'
import { TopicView } from './topic-view.tsx'

/** What is in Kafka: every topic, or one of them. */
export default function Topics() {
  const { topic } = useParams()
  return topic === undefined ? <AllTopics /> : <TopicView key={topic} name={topic} />
}

function AllTopics() {
  const [search, setSearch] = useSearchParams()
  const tab = search.get('show') === 'dead-letters' ? 'dead-letters' : 'topics'
  return (
    <Page title="Topics" description="What is in Kafka, as a reader of committed records sees it">
      <Tabs
        value={tab}
        onChange={(chosen) => setSearch(chosen === 'dead-letters' ? { show: chosen } : {}, { replace: true })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="topics">All topics</Tabs.Tab>
          <Tabs.Tab value="dead-letters">Dead letters</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="topics">
          <TopicList />
        </Tabs.Panel>
        <Tabs.Panel value="dead-letters">
          <DeadLettersView />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}
