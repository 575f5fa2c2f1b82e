import { expect, test } from 'vitest'
import { Gathered } from './gathered.ts'

/** Answers that come when the test lets them. */
function held(bounds: { atOnce: number; together: number; waiting: number }) {
  const asked: { questions: readonly number[]; answer: () => void; fail: (error: Error) => void }[] = []
  const gathered = new Gathered<number, string>(bounds, (questions) => {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>()
    asked.push({ questions, answer: () => resolve(questions.map(String)), fail: reject })
    return promise
  })
  return { gathered, asked }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('one that comes alone goes at once; those that come while all are busy go together, in order', async () => {
  const { gathered, asked } = held({ atOnce: 2, together: 3, waiting: 10 })
  const answers = [1, 2, 3, 4, 5, 6].map((n) => gathered.ask(n))
  expect(asked.map(({ questions }) => questions)).toEqual([[1], [2]])
  asked[0]!.answer()
  await settled()
  expect(asked[2]?.questions).toEqual([3, 4, 5])
  asked.slice(1).forEach(({ answer }) => answer())
  await settled()
  asked[3]!.answer()
  expect(await Promise.all(answers)).toEqual(['1', '2', '3', '4', '5', '6'])
})

test('a failure is of those that were asked together, and the next ones are asked', async () => {
  const { gathered, asked } = held({ atOnce: 1, together: 10, waiting: 10 })
  const first = gathered.ask(1)
  const others = [2, 3].map((n) => gathered.ask(n))
  asked[0]!.fail(new Error('gone'))
  await expect(first).rejects.toThrow('gone')
  await settled()
  asked[1]!.answer()
  expect(await Promise.all(others)).toEqual(['2', '3'])
})

test('more than may wait are refused', async () => {
  const { gathered, asked } = held({ atOnce: 1, together: 10, waiting: 1 })
  const answered = [gathered.ask(1), gathered.ask(2)]
  await expect(gathered.ask(3)).rejects.toMatchObject({ code: 'unavailable' })
  asked[0]!.answer()
  await settled()
  asked[1]!.answer()
  expect(await Promise.all(answered)).toEqual(['1', '2'])
})
