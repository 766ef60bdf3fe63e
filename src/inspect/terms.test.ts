/** What holds for a conversation while it goes on: what is seen of the process, and what time it is. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ParsedCommand } from '#core/message.ts'
import { readTag, unconnected, writeTag } from '#protocols/enip/building.ts'
import { modbus } from '#protocols/modbus/ops.ts'
import { answer, hex, read, readOnly, write } from './modbus-polls.ts'
import { ProcessState, commandOf } from './process-state.ts'
import { Program } from './program.ts'
import { Rules } from './rules.ts'
import { addresses, planOf, Wire } from './wire.ts'

describe('rules about values', () => {
  const plan = planOf({
    allow: [
      'read',
      {
        op: 'write-single-register',
        registers: '100-119',
        values: '0-500',
        step: 50,
        while: { register: 40, equals: 1 },
      },
    ],
  })
  const put = (id: string, register: number, value: number) =>
    `${id} 0000 0006 01 06 ${register.toString(16).padStart(4, '0')} ${value.toString(16).padStart(4, '0')}`

  test('a write is allowed within its range, by its step, while the process is in the state seen in answers', () => {
    const wire = new Wire(plan)
    wire.open()
    let seq = 1000
    let ack = 5000
    const ask = (data: string, back = ''): string | undefined => {
      wire.denials.length = 0
      const arrived = wire.tcp('client', seq, ack, data, 0x18)
      seq += hex(data).length / 2
      const refusal = arrived.find(({ to, data: sent }) => to === 'client' && sent !== '')
      if (refusal !== undefined) ack += refusal.data.length / 2
      else if (back !== '') {
        const server = arrived.find(({ to }) => to === 'server')
        const [answered] = wire.tcp('server', server?.ack ?? 0, (server?.seq ?? 0) + hex(data).length / 2, back, 0x18)
        ack = (answered?.seq ?? 0) + hex(back).length / 2
      }
      return wire.denials[0]?.denial.reason
    }
    assert.equal(ask(put('0001', 100, 10)), 'while-unknown')
    assert.equal(ask('0002 0000 0006 01 03 0028 0001', '0002 0000 0005 01 03 02 0001'), undefined)
    assert.equal(ask(put('0003', 100, 10), put('0003', 100, 10)), undefined)
    assert.equal(ask(put('0004', 100, 61)), 'step-too-large')
    assert.equal(ask(put('0005', 100, 60), put('0005', 100, 60)), undefined)
    assert.equal(ask(put('0006', 99, 60)), 'constraint-broken')
    assert.equal(ask(put('0007', 100, 501)), 'constraint-broken')
    assert.equal(ask('0008 0000 0006 01 03 0028 0001', '0008 0000 0005 01 03 02 0000'), undefined)
    assert.equal(ask(put('0009', 100, 60)), 'while-false')
  })
})

describe('of two conduits of one conversation, in either order,', () => {
  const one = { from: 'client', to: 'server', service: 'modbus', allow: ['read'] }
  const rows: readonly (readonly [name: string, a: object, b: object, denyAction: string, passive: boolean])[] = [
    ['what lets commands pass gives way', { 'deny-action': 'log' }, { 'deny-action': 'reset' }, 'reset', false],
    ['one that is only observed has no say', { mode: 'observe' }, { 'deny-action': 'drop' }, 'drop', false],
    ['the device is told where one of them tells it', { 'deny-action': 'drop' }, {}, 'exception', false],
    ['both let commands pass', { 'deny-action': 'log' }, { mode: 'observe', 'deny-action': 'log' }, 'log', true],
  ]
  for (const [name, a, b, denyAction, passive] of rows)
    test(name, () => {
      const [first, second] = [
        { ...one, id: 'a', ...a },
        { ...one, id: 'b', ...b },
      ]
      for (const conduits of [
        [first, second],
        [second, first],
      ]) {
        const ends = {
          vlan: 0,
          client: addresses.client,
          server: addresses.server,
          proto: 6,
          port: 502,
          family: 4,
        } as const
        const terms = new Program(planOf({}, { conduits })).terms(ends, 0)
        assert.deepEqual([terms?.denyAction, terms?.passive], [denyAction, passive])
      }
    })
})

test('what a deny takes from a conduit no essential one gives back', () => {
  const conduits = [
    { id: 'reads', from: 'client', to: 'server', service: 'modbus', allow: ['read'], essential: true },
    { id: 'writes', from: 'office', to: 'line', service: 'modbus', allow: ['read', 'write'] },
  ]
  const reasons = (more: object) => {
    const wire = new Wire(planOf({}, { conduits, ...more }))
    wire.open()
    wire.tcp('client', 1000, 5000, '0001 0000 0006 01 03 0000 0001')
    wire.tcp('client', 1012, 5000, '0002 0000 0006 01 06 0064 0001')
    return wire.denials.map(({ denial }) => denial.reason)
  }
  assert.deepEqual(reasons({}), [])
  assert.deepEqual(reasons({ denies: [{ id: 'd', from: 'any', to: 'line', service: 'modbus' }] }), [
    'command-not-allowed',
  ])
})

describe('a command that did not pass', () => {
  const set = (value: number) => `0001 0000 0006 01 06 0064 ${value.toString(16).padStart(4, '0')}`
  /** Writes register 100, and reads register 0 with the same message. */
  const setAndRead = (value: number) =>
    `0001 0000 000d 01 17 0000 0001 0064 0001 02 ${value.toString(16).padStart(4, '0')}`

  test('beside one that is denied leaves no value to step from', () => {
    const wire = new Wire(
      planOf({
        allow: [
          { op: 'write-single-register', registers: '100', step: 10 },
          { op: 'read-write-multiple-registers', registers: '100', step: 10 },
        ],
      }),
    )
    wire.open()
    wire.tcp('client', 1000, 5000, set(50))
    wire.tcp('client', 1012, 5000, setAndRead(60))
    wire.tcp('client', 1031, 5009, set(70))
    assert.deepEqual(
      wire.denials.map(({ denial }) => [denial.reason, denial.detail]),
      [
        ['command-not-allowed', 'conduit c does not allow `read-holding-registers`'],
        ['step-too-large', 'from 50 to 70 is more than 10'],
      ],
    )
  })

  test('of a kind that may come twice a minute does not count for that', () => {
    const wire = new Wire(planOf({ allow: [{ op: 'read-write-multiple-registers', registers: '100', rate: '2/min' }] }))
    wire.open()
    for (let count = 0; count < 3; count++) wire.tcp('client', 1000 + 19 * count, 5000 + 9 * count, setAndRead(60))
    assert.deepEqual(
      wire.denials.map(({ denial }) => denial.reason),
      ['command-not-allowed', 'command-not-allowed', 'command-not-allowed'],
    )
  })

  test('because there was no room for it counts once when there is', () => {
    const wire = new Wire(
      planOf({
        allow: ['read', { op: 'write-single-register', rate: '2/min' }],
        'on-failure': { memory: 'closed' },
      }),
    )
    wire.open()
    for (let at = 0; at < 32; at++) wire.tcp('client', 1000 + 12 * at, 5000, read(`00${(at + 16).toString(16)}`))
    const next = 1000 + 12 * 32
    for (let count = 0; count < 3; count++) assert.deepEqual(wire.tcp('client', next, 5000, set(1)), [])
    wire.tcp('server', 5000, next, answer('0010') + answer('0011'))
    assert.equal(wire.tcp('client', next, 5022, set(1))[0]?.data, hex(set(1)))
    assert.deepEqual(wire.denials, [])
  })
})

describe('a value that is to be stepped from is not forgotten for others that are read', () => {
  const two = (value: number) => value.toString(16).padStart(4, '0')

  test('in other units', () => {
    const wire = new Wire(
      planOf({ allow: ['read', { op: 'write-single-register', unit: 1, registers: '100-119', step: 50 }] }),
    )
    wire.open()
    const set = (value: number) => `0001 0000 0006 01 06 0064 ${two(value)}`
    wire.tcp('client', 1000, 5000, set(300))
    wire.tcp('server', 5000, 1012, set(300))
    let [seq, ack] = [1012, 5012]
    for (let unit = 2; unit < 80; unit++) {
      const id = `${two(unit)} 0000`
      const asked = `${id} 0006 ${two(unit).slice(2)} 03 0064 0014`
      const answered = `${id} 002b ${two(unit).slice(2)} 03 28 ${'0007'.repeat(20)}`
      wire.tcp('client', seq, ack, asked)
      wire.tcp('server', ack, (seq += 12), answered)
      ack += 49
    }
    wire.tcp('client', seq, ack, set(900))
    assert.deepEqual(
      wire.denials.map(({ denial }) => denial.detail),
      ['from 300 to 900 is more than 50'],
    )
  })

  test('under other names', () => {
    const wire = new Wire(
      planOf({ service: 'enip', allow: ['read', { op: 'write-tag', tags: 'Level', step: 50 }] }),
      44_818,
    )
    wire.open()
    let [seq, ack] = [1000, 5000]
    const say = (asked: string, answered: string) => {
      wire.tcp('client', seq, ack, asked)
      wire.tcp('server', ack, (seq += hex(asked).length / 2), answered)
      ack += hex(answered).length / 2
    }
    say(unconnected(writeTag('Level', 0xc3, '2c01')), unconnected('cd000000'))
    const values = '0700'.repeat(120)
    for (let part = 0; part < 10; part++)
      say(unconnected(readTag(`Other${part}`, 120)), unconnected(`cc000000c300${values}`))
    wire.tcp('client', seq, ack, unconnected(writeTag('LEVEL', 0xc3, '8403')))
    assert.deepEqual(
      wire.denials.map(({ denial }) => denial.detail),
      ['from 300 to 900 is more than 50'],
    )
  })
})

describe('the value to step from', () => {
  const word = (value: number) => value.toString(16).padStart(4, '0')
  const talk = () => {
    const wire = new Wire(
      planOf({ allow: ['read', { op: 'write-single-register', step: 50 }, 'write-multiple-registers'] }),
    )
    wire.open()
    let [seq, ack, id] = [1000, 5000, 0]
    /** Asks, and is answered unless it is refused on the way. */
    const ask = (request: string, answered: string): string | undefined => {
      const number = word(++id)
      const frame = (body: string) => `${number} 0000 ${word(1 + hex(body).length / 2)} 01 ${body}`
      wire.denials.length = 0
      const arrived = wire.tcp('client', seq, ack, frame(request))
      seq += hex(frame(request)).length / 2
      const refusal = arrived.find(({ to, data }) => to === 'client' && data !== '')
      const there = arrived.find(({ to }) => to === 'server')
      const heard =
        refusal ??
        wire.tcp('server', there?.ack ?? 0, (there?.seq ?? 0) + hex(frame(request)).length / 2, frame(answered))[0]
      ack = (heard?.seq ?? 0) + (heard?.data.length ?? 0) / 2
      return wire.denials[0]?.denial.detail
    }
    const set = (register: number, value: number) => `06 ${word(register)} ${word(value)}`
    return {
      wire,
      takes: (register: number, value: number) => ask(set(register, value), set(register, value)),
      refuses: (register: number, value: number) => ask(set(register, value), '86 04'),
      shows: (register: number, values: readonly number[]) =>
        ask(
          `03 ${word(register)} ${word(values.length)}`,
          `03 ${(2 * values.length).toString(16).padStart(2, '0')} ${values.map(word).join('')}`,
        ),
    }
  }

  test('is not one that the device did not take', () => {
    const { takes, refuses } = talk()
    assert.equal(takes(100, 300), undefined)
    assert.equal(refuses(100, 340), undefined)
    assert.equal(refuses(100, 345), undefined)
    assert.equal(takes(100, 380), 'from 300 to 380 is more than 50')
    assert.equal(takes(100, 260), undefined)
    assert.equal(takes(100, 220), undefined)
  })

  test('is the one behind those that were refused, however many are on their way', () => {
    const { wire, takes } = talk()
    assert.equal(takes(100, 300), undefined)
    const [one, two, three] = [340, 380, 420].map((value, at) => `00a${at} 0000 0006 01 06 0064 ${word(value)}`)
    wire.tcp('client', 1012, 5012, `${one} ${two} ${three}`)
    assert.equal(wire.denials.length, 0)
    const no = (at: number) => `00a${at} 0000 0003 01 86 04`
    wire.tcp('server', 5012, 1048, `${no(1)} ${no(0)} ${no(2)}`)
    wire.tcp('client', 1048, 5039, `00b0 0000 0006 01 06 0064 ${word(351)}`)
    assert.deepEqual(
      wire.denials.map(({ denial }) => denial.detail),
      ['from 300 to 351 is more than 50'],
    )
  })

  test('is kept while thousands of others are read', () => {
    const { takes, shows } = talk()
    assert.equal(takes(100, 300), undefined)
    for (let register = 1000; register < 11_000; register += 125)
      shows(
        register,
        Array.from({ length: 125 }, (_, index) => index),
      )
    assert.equal(takes(100, 400), 'from 300 to 400 is more than 50')
    assert.equal(takes(10_999, 124), undefined)
  })
})

test('of more places than are kept, one that is not known must be read before it is written in steps', () => {
  const [conduit] = planOf({ allow: ['read', { op: 'write-single-register', step: 50 }] }).conduits
  assert.ok(conduit !== undefined)
  const rules = new Rules(modbus, conduit)
  const process = new ProcessState({ device: 2000, all: 100_000 })
  const parsed = new ParsedCommand()
  const put = (value: number) => {
    const written = parsed.begin('write-single-register').number('unit', 1).number('registers', 1).value(value)
    return process.judge(rules, rules.conduit.allow ?? [], commandOf(written, 'a', 'b', 0), [rules])
  }
  const show = (register: number, value: number) => {
    const shown = parsed.begin('read-holding-registers').number('unit', 1).number('registers', register).value(value)
    process.observe([rules], shown, 'a', 'b', 0)
  }
  assert.deepEqual(put(500).events, ['step: no value has been seen yet to compare with'])
  for (let register = 10; register < 1900; register++) show(register, 7)
  assert.equal(put(551).detail, 'from 500 to 551 is more than 50')
  for (let register = 10; register < 3000; register++) show(register, 7)
  assert.match(
    put(500).detail,
    /^the value of unit 1 registers 1 is no longer known.*must be read before it is written$/,
  )
  show(1, 520)
  assert.equal(put(540).outcome, 'permit')
})

test('terms are asked for again while a conversation goes on, and it goes on', () => {
  const wire = new Wire(readOnly)
  wire.open()
  wire.tcp('client', 1000, 5000, read('0001'), 0x18)
  wire.now += 5000
  assert.equal(wire.tcp('server', 5000, 1012, answer('0001'), 0x18)[0]?.data, hex(answer('0001')))
  assert.equal(wire.tcp('client', 1012, 5011, read('0002'), 0x18)[0]?.data, hex(read('0002')))
  assert.deepEqual(wire.denials, [])
})

test('what one client is shown of a device counts for the rules of another', () => {
  const wire = new Wire(
    planOf(
      { allow: ['read'] },
      {
        conduits: [
          { id: 'c', from: 'client', to: 'server', service: 'modbus', allow: ['read'] },
          {
            id: 'd',
            from: '198.18.1.20',
            to: 'server',
            service: 'modbus',
            allow: [{ op: 'write-single-register', while: { register: 40, equals: 1 } }],
          },
        ],
      },
    ),
  )
  const set = '0001 0000 0006 01 06 0064 0384'
  wire.client = '198.18.1.20'
  wire.open()
  wire.tcp('client', 1000, 5000, set, 0x18)
  assert.equal(wire.denials.at(-1)?.denial.reason, 'while-unknown')
  wire.client = '198.18.1.10'
  wire.open()
  wire.tcp('client', 1000, 5000, '0001 0000 0006 01 03 0028 0001', 0x18)
  wire.tcp('server', 5000, 1012, '0001 0000 0005 01 03 02 0001', 0x18)
  wire.client = '198.18.1.20'
  assert.equal(wire.tcp('client', 1012, 5009, set, 0x18)[0]?.data, hex(set))
})

test('in a window that is closed, while the kernel has not closed it yet, nothing is allowed', () => {
  const timed = planOf(
    { allow: ['read'], when: 'shift' },
    { groups: { shift: { times: [{ days: ['mon'], from: '08:00', to: '16:00' }] } } },
  )
  const wire = new Wire(timed)
  wire.now = Date.parse('2026-11-23T12:00:00Z')
  wire.open()
  assert.equal(wire.tcp('client', 1000, 5000, read('0001'))[0]?.data, hex(read('0001')))
  wire.now = Date.parse('2026-11-23T16:00:00Z')
  wire.clientPort++
  wire.open()
  assert.ok(!wire.tcp('client', 1000, 5000, write('0001'), 0x18).some(({ to, data }) => to === 'server' && data !== ''))
  assert.equal(wire.denials[0]?.denial.reason, 'command-not-allowed')
})

describe('a clock that is set back', () => {
  test('leaves no connection closed that is in its window then', () => {
    const wire = new Wire(
      planOf(
        { allow: ['read'], when: 'shift' },
        { groups: { shift: { times: [{ days: ['mon'], from: '08:00', to: '16:00' }] } } },
      ),
    )
    wire.now = Date.parse('2026-11-23T18:00:00Z')
    wire.open()
    wire.tcp('client', 1000, 5000, read('0001'))
    assert.equal(wire.denials.length, 1)
    wire.now = Date.parse('2026-11-23T12:00:00Z')
    assert.equal(wire.tcp('client', 1012, 5009, read('0002'))[0]?.data, hex(read('0002')))
  })

  test('does not count commands of a time that is still to come', () => {
    const wire = new Wire(planOf({ allow: [{ op: 'read-holding-registers', rate: '1/min' }] }))
    wire.now = Date.parse('2026-11-23T18:00:00Z')
    wire.open()
    wire.tcp('client', 1000, 5000, read('0001'))
    wire.now = Date.parse('2026-11-23T12:00:00Z')
    assert.equal(wire.tcp('client', 1012, 5000, read('0002'))[0]?.data, hex(read('0002')))
    wire.tcp('client', 1024, 5000, read('0003'))
    assert.deepEqual(
      wire.denials.map(({ denial }) => denial.reason),
      ['rate-exceeded'],
    )
  })

  test('does not keep a refusal that was lost from coming again', () => {
    const wire = new Wire(readOnly)
    wire.open()
    wire.tcp('client', 1000, 5000, write('0001'))
    wire.now -= 3_600_000
    wire.tcp('client', 1012, 5000, read('0002'))
    wire.now += 300
    const arrived = wire.tcp('client', 1024, 5000, read('0003'))
    assert.ok(arrived.some(({ to, seq, injected }) => to === 'client' && seq === 5000 && injected))
  })
})

describe('more commands while a risk is low', () => {
  const plan = planOf(
    { allow: ['read'] },
    {
      conduits: [
        { id: 'all', from: 'client', to: 'server', service: 'modbus', allow: ['read'] },
        { id: 'low', from: 'client', to: 'server', service: 'modbus', allow: ['write'], when: { 'risk-below': 40 } },
      ],
    },
  )
  const writes = (wire: Wire, id: string, seq: number) =>
    wire.tcp('client', seq, 5000, write(id), 0x18).some(({ to, data }) => to === 'server' && data === hex(write(id)))

  const rows: readonly (readonly [name: string, riskBelow: number, passes: boolean])[] = [
    ['are allowed to whom the kernel found below it', 40, true],
    ['are allowed to whom it found below a lower one', 20, true],
    ['are not to whom it found below a higher one only', 60, false],
    ['are not to whom it found below none', 0, false],
    ['are allowed to whom nothing is known of', 1, true],
  ]
  for (const [name, riskBelow, passes] of rows)
    test(name, () => {
      const wire = new Wire(plan)
      wire.riskBelow = riskBelow
      wire.open()
      assert.equal(writes(wire, '0001', 1000), passes)
    })

  test('end in the middle of a connection, with the packet that comes after', () => {
    const wire = new Wire(plan)
    wire.riskBelow = 40
    wire.open()
    assert.ok(writes(wire, '0001', 1000))
    wire.riskBelow = 0
    assert.ok(!writes(wire, '0002', 1012))
    assert.equal(wire.denials.at(-1)?.denial.reason, 'command-not-allowed')
  })
})
