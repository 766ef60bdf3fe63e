import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { risks, type Companion, type Constraint, type Vocabulary } from '#core/protocol.ts'
import { broadcastServices, constraintNamed, constraintsOf, isProtocolName, opsOfRisk, vocabularies } from './index.ts'
import { etherTypes, layer2Broadcast, layer2Companions } from './layer2.ts'

const kebab = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const all: readonly (readonly [string, Vocabulary])[] = Object.entries(vocabularies)
const companions: readonly Companion[] = [
  ...all.flatMap(([, vocabulary]) => vocabulary.companions),
  ...Object.values(layer2Companions).flat(),
]
const isPort = (port: number) => Number.isInteger(port) && port > 0 && port < 65536
const duplicates = (names: readonly string[]) => names.filter((name, index) => names.indexOf(name) !== index)

/** Words with another meaning in a rule, in `while:` or in a policy test. */
const taken = ['op', 'step', 'rate', 'while', 'equals', 'in', 'from', 'to', 'service', 'at', 'expect', 'vlan', 'mac']

const assertSane = (name: string, { kind, summary, one, min, max, values }: Constraint) => {
  assert.match(name, kebab)
  assert.ok(summary.length > 3, `${name} has no summary`)
  if (one !== undefined) assert.match(one, kebab)
  if (kind === 'names') {
    assert.ok(min === undefined && max === undefined, `${name} has limits, but no numbers`)
    if (values !== undefined) assert.deepEqual(duplicates(values), [])
    assert.ok(values === undefined || values.length > 1, `${name} leaves no choice`)
    return
  }
  assert.equal(values, undefined, `${name} lists names, but takes numbers`)
  assert.ok(Number.isSafeInteger(min) && Number.isSafeInteger(max), `${name} has no limits`)
  assert.ok((min ?? 0) < (max ?? 0), `${name} allows nothing`)
}

for (const [name, vocabulary] of all) {
  const { ops, constraints, ports } = vocabulary
  describe(`${name} keeps the vocabulary contract`, () => {
    test('it is registered under its own name and says where its words come from', () => {
      assert.equal(vocabulary.name, name)
      assert.match(name, kebab)
      assert.ok(vocabulary.title.length > 3 && vocabulary.source.length > 3)
    })
    test('every command has a kebab-case name, a summary, a risk class and a code', () => {
      for (const [op, { summary, risk, code }] of Object.entries(ops)) {
        assert.match(op, kebab)
        assert.ok(summary.length > 3, `${op} has no summary`)
        assert.ok(risks.includes(risk), `${op} has no risk class`)
        assert.ok(code.length > 0 && code.trim() === code, `${op} has no code`)
      }
    })
    test('a command named like a risk class is in that class, so that `allow: [read]` includes it', () => {
      for (const risk of risks)
        if (Object.hasOwn(ops, risk)) assert.equal(ops[risk]?.risk, risk, `${risk} names a command and another class`)
    })
    test('no two commands have the same code', () => {
      assert.deepEqual(duplicates(Object.values(ops).map(({ code }) => code)), [])
    })
    test('what it does not list has a command of its own, denied unless named', () => {
      assert.equal(ops['unlisted']?.risk, 'program')
    })
    test('something can be read, and something written or controlled', () => {
      assert.ok(opsOfRisk(vocabulary, 'read').length > 0)
      assert.ok(opsOfRisk(vocabulary, 'write').length + opsOfRisk(vocabulary, 'control').length > 0)
    })
    test('the constraints of every command exist, and every constraint is used', () => {
      const used = Object.entries(ops).flatMap(([op, { constraints: names = [] }]) => {
        assert.deepEqual(duplicates(names), [], `${op} names a constraint twice`)
        for (const constraint of names) assert.ok(Object.hasOwn(constraints, constraint), `${op}: ${constraint}`)
        return names
      })
      assert.deepEqual([...new Set(used)].toSorted(), Object.keys(constraints).toSorted())
    })
    test('constraints have limits that allow something', () => {
      for (const [constraint, value] of Object.entries(constraints)) assertSane(constraint, value)
    })
    test('the words of constraints are unique and mean nothing else in a policy', () => {
      const words = Object.entries(constraints).flatMap(([word, { one }]) => (one === undefined ? [word] : [word, one]))
      assert.deepEqual(duplicates(words), [])
      assert.deepEqual(
        words.filter((word) => taken.includes(word)),
        [],
      )
      for (const word of words) assert.ok(constraintNamed(vocabulary, word) !== undefined, word)
    })
    test('only commands that write take values', () => {
      for (const [op, { risk, constraints: names = [] }] of Object.entries(ops))
        if (names.includes('values')) assert.ok(risk !== 'read' && risk !== 'discover', op)
    })
    test('its ports are ports', () => {
      assert.ok(ports.length > 0)
      for (const { port } of ports) assert.ok(isPort(port), `${port}`)
    })
    test('it says in a sentence what cannot be seen', () => {
      assert.match(vocabulary.blind ?? '', /^[A-Z].*\.$/)
    })
  })
}

describe('the registry', () => {
  test('has the seven protocols', () => {
    assert.deepEqual(Object.keys(vocabularies), ['modbus', 's7comm', 'enip', 'dnp3', 'iec104', 'opcua', 'bacnet'])
  })
  test('has commands of every risk class', () => {
    for (const risk of risks)
      assert.ok(
        all.some(([, vocabulary]) => opsOfRisk(vocabulary, risk).length > 0),
        risk,
      )
  })
  test('has no two protocols on one port', () => {
    const ports = all.flatMap(([, vocabulary]) => vocabulary.ports.map(({ transport, port }) => `${transport}/${port}`))
    assert.deepEqual(duplicates(ports), [])
  })
  test('names each companion flow once, with a port and a multicast network where it is multicast', () => {
    assert.deepEqual(duplicates(companions.map(({ id }) => id)), [])
    for (const { id, port, multicast, summary } of companions) {
      assert.match(id, kebab)
      assert.ok(isPort(port) && summary.length > 3, id)
      if (multicast !== undefined)
        assert.match(multicast, /^(22[4-9]|23\d)\.\d+\.\d+\.\d+\/\d+$|^ff[0-9a-f:]+\/\d+$/, id)
    }
  })
  test('has no companion that repeats the request of its own client', () => {
    for (const [name, vocabulary] of all)
      for (const { transport, port, from } of vocabulary.companions)
        if (from === 'client')
          assert.ok(!vocabulary.ports.some((own) => own.transport === transport && own.port === port), name)
  })
  test('names each broadcast service once, also the ones below IP', () => {
    const declared = [...all.flatMap(([, { broadcast }]) => broadcast), ...layer2Broadcast].map(({ id }) => id)
    assert.deepEqual(duplicates(declared), [])
    assert.deepEqual(Object.keys(broadcastServices), declared)
    for (const [id, service] of Object.entries(broadcastServices)) {
      assert.match(id, kebab)
      assert.equal(service.id, id)
      assert.ok('port' in service.match ? isPort(service.match.port) : service.match.etherType >= 0x600, id)
    }
  })
  test('has EtherTypes with unique names and numbers that no protocol or service word takes', () => {
    assert.deepEqual(duplicates(Object.values(etherTypes).map(String)), [])
    for (const [name, number] of Object.entries(etherTypes)) {
      assert.match(name, kebab)
      assert.ok(number >= 0x600 && number <= 0xffff, name)
      assert.ok(!isProtocolName(name) && !['any', 'icmp', 'tcp', 'udp', 'ip', 'ethertype'].includes(name), name)
    }
  })
})

describe('looking up', () => {
  test('a name that every object inherits is no protocol and no command', () => {
    assert.equal(isProtocolName('constructor'), false)
    assert.equal(constraintsOf(vocabularies.modbus, 'constructor'), undefined)
  })
  test('the constraints of a command are those it may set, not all of its protocol', () => {
    const found = constraintsOf(vocabularies.modbus, 'write-single-register')
    assert.deepEqual(Object.keys(found ?? {}).toSorted(), ['registers', 'unit', 'values'])
  })
  test('a constraint is found by its name and by its word for a single one', () => {
    assert.equal(constraintNamed(vocabularies.modbus, 'registers'), 'registers')
    assert.equal(constraintNamed(vocabularies.modbus, 'register'), 'registers')
    assert.equal(constraintNamed(vocabularies.modbus, 'tag'), undefined)
  })
  test('reading Modbus does not include restarting it', () => {
    const read = opsOfRisk(vocabularies.modbus, 'read')
    assert.ok(read.includes('read-holding-registers') && read.includes('return-query-data'))
    assert.ok(!read.includes('restart-communications-option') && !read.includes('write-single-register'))
  })
})
