import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { processorMs } from '../../../test/fixtures/processor.ts'
import { parsePolicy } from '../parse.ts'
import { check } from './index.ts'
import { now, policy } from './trial.ts'

const many = process.env['BULKHEAD_TEST'] === 'long' ? 10_000 : 1000
const large = (line: (i: number) => string): string =>
  policy({ conduits: Array.from({ length: many }, (_, i) => line(i)).join('\n  ') })

const loads: readonly { name: string; text: string }[] = [
  {
    name: 'different',
    text: large(
      (i) =>
        `- { id: c-${i}, from: 198.18.${i % 200}.${i % 250}, to: 198.19.${i >> 8}.${i & 255}, service: tcp/${i % 100} }`,
    ),
  },
  { name: 'equal', text: large((i) => `- { id: c-${i}, from: ews, to: cell, service: tcp/4 }`) },
  { name: 'nested', text: large((i) => `- { id: c-${i}, from: 198.18.0.0/24, to: cell, service: tcp/1-${i + 1} }`) },
  {
    name: 'overlapping',
    text: large(
      (i) =>
        `- { id: c-${i}, from: 198.18.0.${i % 250}, to: cell, service: modbus, allow: [{ op: read-coils, coils: ${i} }] }`,
    ),
  },
  {
    name: 'from one source to one zone each',
    text: large((i) => `- { id: c-${i}, from: 198.18.${i >> 8}.${i & 255}, to: cell, service: tcp/4 }`),
  },
  {
    name: 'for a service each',
    text: large((i) => `- { id: c-${i}, from: 198.18.0.${i % 250}, to: cell, service: tcp/${i + 1} }`),
  },
  {
    name: 'to names that do not exist, among as many that do',
    text: large((i) => `- { id: c-${i}, from: 198.18.0.1, to: device-${i}x, service: tcp/1 }`).replace(
      '\ngroups:',
      `\n${Array.from({ length: many }, (_, i) => `  device-${i}: { ips: [198.18.${2 + (i >> 8)}.${i & 255}], zone: cell }`).join('\n')}\ngroups:`,
    ),
  },
]

describe(`check takes less than five seconds for ${many} conduits that are`, () => {
  for (const { name, text } of loads)
    test(name, () => {
      const { site, source } = parsePolicy(text)
      const started = processorMs()
      check(site!, source, now)
      const spent = processorMs() - started
      assert.ok(spent < 5000, `${spent} ms`)
    })
})
