import pg from 'pg'
import { expect, test } from 'vitest'
import { problemOf } from './errors.ts'

test.each([
  ['22008', 'invalid_request'],
  ['22007', 'invalid_request'],
  ['22P02', 'invalid_request'],
  ['42P01', 'internal'],
  ['XX000', 'internal'],
])('an error of Postgres with SQLSTATE %s is %s', (code, problem) => {
  const error = Object.assign(new pg.DatabaseError('time zone displacement out of range', 0, 'error'), { code })
  expect(problemOf(error).code).toBe(problem)
})
