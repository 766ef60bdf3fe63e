import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Event } from '#schema/event.ts'
import type { EdgeStatus } from '#schema/control.ts'
import { sampleStatus } from '../../test/fixtures/edge.ts'
import type { Figures } from '../figures.ts'
import type { Message } from '../messages.ts'
import { layout } from './layout.ts'
import { commandLine, emptyModel, receive, type Model } from './model.ts'
import { plainView } from './plain.ts'
import { Screen, type Terminal } from './screen.ts'
import { fit, textOf, toAnsi, widthOf, wrap, type Line } from './text.ts'

const plain = (line: Line): string => line.map(textOf).join('')
const time = '2026-11-21T10:00:00.000Z'
const now = Date.parse(time)

const event = (more: Partial<Event>): Event => ({
  id: '01M7YX9D3N75V7NK2ZG05RY1A0',
  time,
  class: 'P1',
  kind: 'denial',
  site: 'riverside',
  edge: 'plant-edge',
  count: 1,
  first: time,
  last: time,
  text: 'Denied: ews (198.18.1.132) to plc-fill (198.18.1.10) with tcp/80.',
  source: { ip: '198.18.1.132', asset: 'ews' },
  destination: { ip: '198.18.1.10', asset: 'plc-fill' },
  protocol: 'tcp',
  port: 80,
  reason: 'out-of-scope',
  ...more,
})

const [operates, maintenance] = sampleStatus.conduits
const status = (packets: number, at: string): EdgeStatus => ({
  ...sampleStatus,
  time: at,
  conduits: [{ ...operates!, hits: { packets, bytes: packets * 60 } }, maintenance!],
  containments: Array.from({ length: 9 }, (_, index) => ({
    ip: `198.18.1.${180 + index}`,
    kind: 'stranger',
    vlan: 0,
    port: 'plant',
    expires: '2026-11-21T10:59:30.000Z',
  })),
})

const figures: Figures = {
  ok: false,
  site: 'riverside',
  edge: 'plant-edge',
  root: false,
  start: { plantMs: 100, enforcingMs: 2000 },
  polls: { sent: 1234, answered: 1233, lost: 1, reconnects: 0, p50Ms: 1.5, p99Ms: 12 },
  attack: { sent: 20_000, delivered: 0 },
  containment: { leaked: 0, contained: 3, reportedMs: 40, orders: 42, orderMs: 8, orderP50Ms: 3, orderKernelMs: 1 },
  outage: { deadMs: 5000, sent: 4, delivered: 0, pollsLost: 0, restartMs: 900 },
  decoys: { standing: 120, macs: 16, contacts: 3, delivered: 0, bruteForce: 1, compromised: 1, moved: 30, epoch: 1 },
  fabric: {
    sites: 2,
    orderMs: 40,
    delivered: 0,
    enforced: 2,
    desired: 2,
    downMs: 5000,
    backMs: 2000,
    caughtUpMs: 900,
    events: 12,
    missing: 0,
    twice: 0,
    pollsLost: 0,
  },
  commands: {
    permitted: 2,
    refused: 6,
    delivered: 0,
    sessionsLost: 0,
    inspectorKill: { packetsUninspected: 31, flows: 5, gapMs: 400, pollsLost: 0, reconnects: 0 },
  },
  chapters: [{ id: 'sweep', title: 'A sweep', ok: true, ms: 10, checks: [] }],
}

const story: readonly Message[] = [
  {
    type: 'up',
    site: 'riverside',
    timezone: 'Europe/Berlin',
    machines: [
      { name: 'hmi', port: 'plant', ips: ['198.18.1.130'] },
      { name: 'laptop', port: 'plant', ips: ['198.18.1.180'] },
      { name: 'plc-fill', port: 'cell-1', ips: ['198.18.1.10'] },
      { name: 'plc-pack', port: 'cell-2', ips: ['198.18.1.74'] },
    ],
  },
  { type: 'status', status: status(100, '2026-11-21T10:00:00.000Z') },
  { type: 'status', status: status(150, '2026-11-21T10:00:02.000Z') },
  {
    type: 'polls',
    rows: [
      {
        conduit: 'hmi-operates-fill',
        from: 'hmi',
        to: 'plc',
        sent: 10,
        answered: 10,
        lost: 0,
        reconnects: 0,
        outstanding: 0,
        p50: 0.5,
        p99: 12.34,
      },
    ],
  },
  { type: 'chapter', number: 2, of: 7, title: 'A rogue laptop' },
  {
    type: 'say',
    text: 'Somebody plugs a laptop into the supervisory switch and looks for controllers, with a sentence that is longer than a narrow terminal is wide.',
  },
  { type: 'tool', host: 'laptop', argv: ['nmap', '-p', '102,502', 'two words'] },
  { type: 'check', ok: true, text: '0 of 12 packets reached a cell' },
  { type: 'event', event: event({}) },
]
const tell = (messages: readonly Message[]): Model => messages.reduce(receive, emptyModel)
const picture = (model: Model, width: number, height: number): string[] =>
  layout(model, { width, height }, 65_000, now).map(plain)

describe('the live view', () => {
  for (const [width, height] of [
    [60, 16],
    [80, 24],
    [119, 30],
    [140, 40],
    [300, 100],
  ] as const)
    for (const [name, messages] of [
      ['before anything', []],
      ['in the middle of the story', story],
      ['after the story', [...story, { type: 'figures', figures }]],
    ] as const)
      test(`fills ${width}×${height} exactly, ${name}`, () => {
        const lines = picture(tell(messages as readonly Message[]), width, height)
        assert.equal(lines.length, height)
        for (const line of lines) assert.equal(line.length, width, JSON.stringify(line))
      })

  const shown = picture(tell(story), 140, 40).join('\n')
  for (const [what, pattern] of [
    ['the state of the edge', /● enforcing/],
    [
      'a conduit with its packets, refused commands, rate and round trips',
      /hmi-operates-fill +hmi-1 → plc-fill +modbus +150 +2 +25 +10 +0 +0\.50 +12\.3 +essential/,
    ],
    ['a closed window', /weekend-maintenance .* closed/],
    ['a zone with what it denied', /cell-1 +contain +12/],
    ['who is contained, by name, and for how long', /198\.18\.1\.180 +laptop +59:30 stranger on plant/],
    ['how many do not fit', /and 8 more|and \d more/],
    ['an event, shorter than its sentence', /11:00:00 +DENIED +ews → plc-fill tcp\/80: no conduit permits it/],
    ['the tool as it would be typed', /laptop\$ nmap -p 102,502 'two words'/],
    ['the time since the start', /01:05/],
  ] as const)
    test(`shows ${what}`, () => assert.match(shown, pattern))

  test('says so when the daemon is dead', () => {
    assert.match(
      picture(tell([...story, { type: 'status', status: null }]), 80, 24)[0] ?? '',
      /daemon dead, kernel enforcing/,
    )
  })
  test('shows all figures on 80×24', () => {
    const text = picture(tell([...story, { type: 'figures', figures }]), 80, 24).join('\n')
    for (const word of [
      'chapters',
      'polls',
      'attack',
      'containment',
      'orders',
      'commands',
      'inspector',
      'daemon dead',
      'lab exec',
    ])
      assert.match(text, new RegExp(word))
    assert.match(text, /✗ polls/)
    assert.match(text, /✓ attack/)
  })
  test('shows all figures on 80×24 with as many conduits as the plant has', () => {
    const many = status(150, time)
    const [conduit] = many.conduits
    const conduits = Array.from({ length: 7 }, () => conduit!)
    const model = tell([...story, { type: 'status', status: { ...many, conduits } }, { type: 'figures', figures }])
    const text = picture(model, 80, 24).join('\n')
    for (const word of ['and 6 more', '✓ chapters', 'daemon dead', 'lab exec']) assert.match(text, new RegExp(word))
  })
  test('takes repeated events together and keeps their number', () => {
    const model = tell(Array.from({ length: 90 }, (): Message => ({ type: 'event', event: event({ count: 2 }) })))
    assert.equal(model.events.length, 1)
    assert.equal(model.events[0]?.count, 180)
  })
  test('lets no control sequence of an attacker through', () => {
    const model = tell([{ type: 'event', event: event({ kind: 'release', text: 'a\u001B[2Jb\u009Bc\u202Ed' }) }])
    const text = layout(model, { width: 80, height: 24 }, 0, now)
      .map((line) => toAnsi(line, false))
      .join('')
    assert.match(text, /a·\[2Jb·c·d/)
  })
})

describe('text', () => {
  const rows: readonly { line: Line; width: number; expect: string }[] = [
    { line: ['abc'], width: 5, expect: 'abc  ' },
    { line: ['abc'], width: 3, expect: 'abc' },
    { line: ['abcd'], width: 3, expect: 'ab…' },
    { line: ['ab', 'cd', 'ef'], width: 4, expect: 'abc…' },
    { line: ['ab', 'cd', 'ef'], width: 5, expect: 'abcd…' },
    { line: [], width: 2, expect: '  ' },
  ]
  for (const { line, width, expect } of rows)
    test(`${JSON.stringify(line)} in ${width} columns is ${JSON.stringify(expect)}`, () => {
      assert.equal(plain(fit(line, width)), expect)
      assert.equal(widthOf(fit(line, width)), width)
    })
  test('is wrapped between words', () => assert.deepEqual(wrap('one two three', 8), ['one two', 'three']))
  test('is coloured only when asked', () => {
    assert.equal(toAnsi([['x', 'red']], false), 'x')
    assert.equal(toAnsi([['x', 'red']], true), '\u001B[31mx\u001B[39m')
  })
  test('of a command line is quoted where a shell needs it', () =>
    assert.equal(commandLine(['a', "it's", '']), "a 'it'\\''s' ''"))
})

const openScreen = () => {
  const written: string[] = []
  const listeners: (() => void)[] = []
  const terminal: Terminal = {
    write: (text) => written.push(text),
    columns: 4,
    rows: 2,
    on: (_event, listener) => listeners.push(listener),
  }
  let resized = 0
  return { written, listeners, screen: new Screen(terminal, () => resized++), resized: () => resized }
}

describe('the screen', () => {
  test('writes only the lines that changed', () => {
    const { written, screen } = openScreen()
    screen.draw(['aaaa', 'bbbb'])
    written.length = 0
    screen.draw(['aaaa', 'cccc'])
    assert.equal(written.length, 1)
    assert.match(written[0] ?? '', /cccc/)
    assert.doesNotMatch(written[0] ?? '', /aaaa/)
    written.length = 0
    screen.draw(['aaaa', 'cccc'])
    assert.deepEqual(written, [])
  })
  test('is drawn anew after a change of size, and given back as it was', () => {
    const { written, listeners, screen, resized } = openScreen()
    screen.draw(['aaaa', 'bbbb'])
    for (const listener of listeners) listener()
    assert.equal(resized(), 1)
    written.length = 0
    screen.draw(['aaaa', 'bbbb'])
    assert.match(written.join(''), /aaaa.*bbbb/s)
    screen.close()
    assert.match(written.at(-1) ?? '', /\?25h.*\?1049l/s)
  })
})

test('the plain view tells every message once, without a control sequence', () => {
  let text = ''
  const view = plainView((more) => (text += more), { colour: false, stays: true })
  for (const message of [...story, story.at(-1)!, { type: 'figures', figures } as const]) view.show(message)
  assert.equal(text.includes('\u001B'), false)
  assert.equal(text.split('DENIED').length, 2)
  assert.match(text, /2\/7 A rogue laptop/)
  assert.match(text, /✓ 0 of 12 packets reached a cell/)
  assert.match(text, /lab exec laptop/)
})
