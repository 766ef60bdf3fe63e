import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readFileSync } from 'node:fs'
import { loadPolicyText } from './load.ts'
import { explain, reasonText } from './explain.ts'
import { commandReasons } from './command-entry.ts'
import { reasons } from './reasons.ts'
import type { Query } from './query.ts'

const now = Date.UTC(2026, 10, 21, 12)
const text = readFileSync(new URL('../../examples/riverside-bottling.yaml', import.meta.url), 'utf8')
const { site, source } = loadPolicyText(text, 'site.yaml', now)
const lineOf = (part: string) => text.slice(0, text.indexOf(part)).split('\n').length

const rows: {
  name: string
  ask: Query
  answer: string
  reason: string
  rule?: string
  pending?: string
  nearest?: string
  failed?: readonly string[]
}[] = [
  {
    name: 'a permitted command, by its conduit',
    ask: { from: 'hmi-1', to: 'plc-fill', service: 'modbus', op: 'read-coils' },
    answer: 'permit',
    reason: 'command-permitted',
    rule: 'conduit hmi-operates-fill',
  },
  {
    name: 'a closed window, with the conduit that would have permitted it',
    ask: { from: 'ews-1', to: 'plc-fill', service: 's7comm', op: 'download', at: '2026-11-27T03:00' },
    answer: 'deny',
    reason: 'window-closed',
    rule: 'zone cell-1',
    nearest: 'weekend-maintenance',
    failed: ['when'],
  },
  {
    name: 'a wrong command in a closed window',
    ask: { from: 'ews-1', to: 'plc-fill', service: 's7comm', op: 'write-var', at: '2026-11-27T03:00' },
    answer: 'deny',
    reason: 'out-of-scope',
    nearest: 'weekend-maintenance',
    failed: ['when', 'allow'],
  },
  {
    name: 'an expired conduit',
    ask: { from: 'ews-1', to: 'plc-fill', service: 's7comm', at: '2027-04-03T03:00' },
    answer: 'deny',
    reason: 'out-of-scope',
    nearest: 'weekend-maintenance',
    failed: ['expires'],
  },
  {
    name: 'a value out of range',
    ask: { from: 'hmi-1', to: 'plc-fill', service: 'modbus', op: 'write-single-register', register: 100, value: 900 },
    answer: 'deny',
    reason: 'constraint-broken',
    rule: 'conduit hmi-operates-fill',
    nearest: 'hmi-operates-fill',
    failed: ['allow'],
  },
  {
    name: 'a process state never seen',
    ask: {
      from: 'hmi-1',
      to: 'plc-fill',
      service: 'modbus',
      op: 'write-single-register',
      unit: 1,
      register: 100,
      value: 300,
    },
    answer: 'deny',
    reason: 'while-unknown',
    nearest: 'hmi-operates-fill',
    failed: ['allow'],
  },
  {
    name: 'another service',
    ask: { from: 'historian', to: 'plc-fill', service: 's7comm' },
    answer: 'deny',
    reason: 'out-of-scope',
    rule: 'zone cell-1',
    nearest: 'historian-reads',
    failed: ['service'],
  },
  {
    name: 'another source',
    ask: { from: 'ews-1', to: 'sis-1', service: 'modbus' },
    answer: 'deny',
    reason: 'out-of-scope',
    nearest: 'safety-state',
    failed: ['from'],
  },
  {
    name: 'a deny',
    ask: { from: 'hmi-1', to: 'plc-fill', service: 'tcp/445' },
    answer: 'deny',
    reason: 'denied',
    rule: 'deny no-smb-into-cells',
    nearest: 'hmi-operates-fill',
    failed: ['service'],
  },
  {
    name: 'a stranger',
    ask: { from: '198.18.1.100', to: 'plc-fill', service: 'modbus' },
    answer: 'contain',
    reason: 'stranger-contained',
    nearest: 'hmi-operates-fill',
    failed: ['from'],
  },
  {
    name: 'a zone in shadow: what happens and what is pending',
    ask: { from: 'plc-fill', to: 'portal', service: 'tcp/443' },
    answer: 'permit',
    reason: 'would-deny',
    rule: 'zone dmz',
    pending: 'deny out-of-scope',
  },
  {
    name: 'a redirect',
    ask: { from: 'ews-1', to: 'plc-fill', service: 'tcp/80' },
    answer: 'redirect',
    reason: 'redirected',
    rule: 'redirect portal',
  },
]

describe('explain says why for', () => {
  for (const { name, ask, answer, reason, rule, pending, nearest, failed } of rows)
    test(name, () => {
      const { explanations, faults } = explain(site, source, ask, now)
      assert.deepEqual(faults, [])
      const [first] = explanations
      assert.ok(first)
      assert.deepEqual([first.now.answer, first.now.reason], [answer, reason])
      if (rule !== undefined) {
        assert.equal(`${first.now.rule?.kind} ${first.now.rule?.id}`, rule)
        const id = rule.split(' ')[1]!
        const written = text.split('\n').slice((first.now.rule?.line ?? 0) - 1, (first.now.rule?.line ?? 0) + 1)
        assert.match(written.join('\n'), new RegExp(id))
      }
      assert.equal(first.pending && `${first.pending.answer} ${first.pending.reason}`, pending)
      assert.equal(first.nearest?.conduit, nearest)
      assert.deepEqual(
        first.nearest?.failed.map(({ condition }) => condition),
        failed,
      )
      assert.ok(first.now.trace.length > 0)
    })
})

test('where the mode of a conduit decides, it is named, not the zone', () => {
  const changed = text.replace('    service: s7comm\n', '    service: s7comm\n    mode: observe\n')
  const loaded = loadPolicyText(changed, 'site.yaml', now)
  const [first] = explain(
    loaded.site,
    loaded.source,
    { from: 'plc-fill', to: 'ews-1', service: 'tcp/22' },
    now,
  ).explanations
  assert.deepEqual(
    [first?.now.answer, first?.now.reason, first?.now.rule?.id],
    ['permit', 'observed', 'weekend-maintenance'],
  )
  assert.equal(changed.split('\n')[(first?.now.rule?.line ?? 0) - 1]?.trim(), 'mode: observe')
  assert.match(first?.now.trace.at(-1)?.result ?? '', /conduit weekend-maintenance has mode observe/)
  assert.deepEqual([first?.pending?.answer, first?.pending?.rule?.id], ['deny', 'weekend-maintenance'])
})

test('ports that come out otherwise are explained one by one, those alike once', () => {
  const asked = (service: string) =>
    explain(site, source, { from: 'hmi-1', to: 'plc-fill', service }, now).explanations.map(
      ({ asked: who, now: { answer } }) => `${who.replace(/^.* on edge [^,]*,? ?/, '')} ${answer}`.trim(),
    )
  assert.deepEqual(asked('tcp/440-450'), ['tcp/440 deny', 'tcp/443 redirect', 'tcp/445 deny'])
  assert.deepEqual(asked('tcp/500-510'), ['tcp/500 deny', 'tcp/502 permit'])
  assert.deepEqual(asked('tcp/600-700'), ['deny'])
})

test('the steps and conditions carry the lines of their rules', () => {
  const ask = {
    from: 'hmi-1',
    to: 'plc-fill',
    service: 'modbus',
    op: 'write-single-register',
    register: 100,
    value: 900,
  }
  const [first] = explain(site, source, ask, now).explanations
  assert.equal(first?.now.trace.find(({ check }) => check === 'allow[1]')?.line, lineOf('op: write-single-register'))
  assert.equal(first?.nearest?.line, lineOf('id: hmi-operates-fill'))
  assert.equal(first?.nearest?.failed[0]?.line, lineOf('op: write-single-register'))
})

test('a question with unknown names has faults and no answer', () => {
  const { explanations, faults } = explain(
    site,
    source,
    { from: 'hmi', to: 'plc-fill', service: 'modbuss', op: 'x', at: 'soon' },
    now,
  )
  assert.deepEqual(explanations, [])
  assert.deepEqual(faults.map(({ key, nearest }) => `${key} ${nearest ?? ''}`.trim()).toSorted(), [
    'at',
    'from hmi-1',
    'op',
    'service modbus',
  ])
})

test('reason ids are unique over conversations and commands, and each has its words', () => {
  const texts = { ...reasons, ...commandReasons }
  const all = [...Object.keys(reasons), ...Object.keys(commandReasons)]
  assert.equal(new Set(all).size, all.length)
  for (const [reason, sentence] of Object.entries(texts)) assert.ok(sentence.length > 10, reason)
  assert.equal(reasonText('spoof'), reasons.spoof)
})
