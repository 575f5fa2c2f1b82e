import { expect, it } from 'vitest'
import { printReport } from './commands/report.ts'
import { tableText } from './table-text.ts'

it('aligns columns by their widest cell, numbers to the right', () => {
  expect(
    tableText(
      ['rule', 'n'],
      [
        ['LONG_NAME', '1'],
        ['B', '1000'],
      ],
    ),
  ).toEqual(['rule          n', '---------  ----', 'LONG_NAME     1', 'B          1000'])
})

it('reports every rule, also one that never fired, and every typology', () => {
  const lines: string[] = []
  const report = {
    judged: 1000,
    labelled: 20,
    rules: [
      { job: 'fraud_detection', rule: 'HIGH_AMOUNT', flagged: 10, caught: 5 },
      { job: 'any', rule: 'any', flagged: 40, caught: 15 },
    ],
    typologies: [{ typology: 'CARD_TESTING', labelled: 20, caught: 15 }],
  }
  printReport(report, (line) => lines.push(line.replace(/ +/g, ' ')))
  expect(lines).toContain('fraud_detection HIGH_AMOUNT 10 5 0.500 0.250')
  expect(lines).toContain('anomaly_detection VELOCITY_ANOMALY 0 0 - 0.000')
  expect(lines).toContain('any any 40 15 0.375 0.750')
  expect(lines).toContain('CARD_TESTING 20 15 0.750')
})
