import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Gathered, type GatheredBounds } from './gathered.ts'

/** Odd and even numbers are two kinds; answers come when the test lets them. */
function held(bounds: GatheredBounds) {
  const asked: { questions: readonly number[]; answer: () => void; fail: (error: Error) => void }[] = []
  const gathered = new Gathered<number, string>(
    bounds,
    (n) => (n % 2 === 0 ? 'even' : 'odd'),
    (questions) => {
      const { promise, resolve, reject } = Promise.withResolvers<string[]>()
      asked.push({ questions, answer: () => resolve(questions.map(String)), fail: reject })
      return promise
    },
  )
  return { gathered, asked, groups: () => asked.map(({ questions }) => questions) }
}

test('those of one turn go together when it ends, those that come while all are busy after it, in order', async () => {
  const { gathered, asked, groups } = held({ atOnce: 2, together: 3, waiting: 20 })
  const answers = [gathered.ask(1), gathered.ask(3)]
  expect(asked).toEqual([])
  await turn()
  answers.push(gathered.ask(5))
  await turn()
  expect(groups()).toEqual([[1, 3], [5]])
  answers.push(...[7, 9, 11, 13].map((n) => gathered.ask(n)))
  await turn()
  expect(groups()).toEqual([[1, 3], [5]])
  asked[0]!.answer()
  await turn()
  expect(groups().slice(2)).toEqual([[7, 9, 11]])
  asked[1]!.answer()
  await turn()
  expect(groups().slice(3)).toEqual([[13]])
  for (const { answer } of asked) answer()
  expect(await Promise.all(answers)).toEqual(['1', '3', '5', '7', '9', '11', '13'])
})

test('kinds do not wait for each other', async () => {
  const { gathered, asked, groups } = held({ atOnce: 1, together: 10, waiting: 10 })
  const odd = gathered.ask(1)
  await turn()
  const even = [2, 4].map((n) => gathered.ask(n))
  await turn()
  expect(groups()).toEqual([[1], [2, 4]])
  asked[1]!.answer()
  expect(await Promise.all(even)).toEqual(['2', '4'])
  asked[0]!.answer()
  expect(await odd).toBe('1')
})

test('a failure is of those that were asked together, and the next ones are asked', async () => {
  const { gathered, asked } = held({ atOnce: 1, together: 10, waiting: 10 })
  const first = gathered.ask(1)
  await turn()
  const others = [3, 5].map((n) => gathered.ask(n))
  asked[0]!.fail(new Error('gone'))
  await expect(first).rejects.toThrow('gone')
  await turn()
  asked[1]!.answer()
  expect(await Promise.all(others)).toEqual(['3', '5'])
})

test('more than may wait are refused, whatever their kind, until some are being answered', async () => {
  const { gathered, asked } = held({ atOnce: 1, together: 10, waiting: 2 })
  const answered = [gathered.ask(1), gathered.ask(2)]
  await expect(gathered.ask(3)).rejects.toMatchObject({ code: 'unavailable' })
  await turn()
  answered.push(gathered.ask(3))
  asked[0]!.answer()
  asked[1]!.answer()
  await turn()
  asked[2]!.answer()
  expect(await Promise.all(answered)).toEqual(['1', '2', '3'])
})
