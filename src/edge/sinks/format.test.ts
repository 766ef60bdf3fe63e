import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cef, extensionText, headerText } from '#schema/event-cef.ts'
import { body, datagramLimit, octetCounted, shorter, syslogMessage } from '#schema/event-syslog.ts'
import { Event, type EventDraft } from '#schema/event.ts'
import { complete } from '../store/draft.ts'
import { parseTarget, SinkConfig } from './config.ts'
import { Queue } from './queue.ts'

const now = Date.UTC(2026, 10, 21, 10)
const event = (draft: Partial<EventDraft> = {}): Event =>
  complete({ kind: 'denial', text: 'Denied.', ...draft }, '01KAJ4A7000000000000000000', now, {
    site: 'riverside',
    edge: 'cell-1',
  })
const origin = { version: '1.2.3', pid: 42 }

const headers: readonly [name: string, from: string, to: string][] = [
  ['a pipe', 'a|b', String.raw`a\|b`],
  ['a backslash', String.raw`a\b`, String.raw`a\\b`],
  ['both', String.raw`\|`, String.raw`\\\|`],
  ['an equals sign stays', 'a=b', 'a=b'],
  ['line ends become spaces', 'a\r\nb\nc', 'a b c'],
]
for (const [name, from, to] of headers) test(`CEF header: ${name}`, () => assert.equal(headerText(from), to))

const extensions: readonly [name: string, from: string, to: string][] = [
  ['an equals sign', 'a=b', String.raw`a\=b`],
  ['a backslash', String.raw`C:\x`, String.raw`C:\\x`],
  ['a backslash before an equals sign', String.raw`\=`, String.raw`\\\=`],
  ['a pipe stays', 'a|b', 'a|b'],
  ['a line end', 'a\nb', String.raw`a\nb`],
  ['a return', 'a\rb', String.raw`a\rb`],
  ['what steers a terminal, or hides', 'a\u001B[2J\u009Bb\u202Ec\u200Bd\u2028e', 'a·[2J·b·c·d·e'],
  ['a line end of two characters is one', 'a\r\nb', String.raw`a\nb`],
]
for (const [name, from, to] of extensions) test(`CEF extension: ${name}`, () => assert.equal(extensionText(from), to))

test('an event as CEF', () => {
  assert.equal(
    cef(
      event({
        reason: 'no-conduit',
        source: { ip: '198.18.1.72', mac: '00:1b:1b:aa:00:72', port: 'plant', asset: 'ews-1' },
        destination: { ip: '198.18.1.10', asset: 'plc-fill' },
        protocol: 'tcp',
        port: 102,
        count: 12,
        zone: 'cell-1',
        text: 'a = b | c',
      }),
      { version: '1.2.3' },
    ),
    'CEF:0|Bulkhead|edge|1.2.3|denial|denied|5|rt=1795255200000 start=1795255200000 end=1795255200000 cnt=12 ' +
      'externalId=01KAJ4A7000000000000000000 cat=P1 dvchost=cell-1 src=198.18.1.72 smac=00:1b:1b:aa:00:72 shost=ews-1 ' +
      'dst=198.18.1.10 dhost=plc-fill proto=tcp dpt=102 deviceInboundInterface=plant reason=no-conduit ' +
      String.raw`cs1=riverside cs1Label=site cs2=cell-1 cs2Label=zone msg=a \= b | c`,
  )
})

test('IPv6 addresses in CEF go to the fields that take them', () => {
  const text = cef(event({ source: { ip: 'fd00:198:18::5' }, destination: { ip: 'fd00:198:18::10' } }), origin)
  assert.match(
    text,
    / c6a2=fd00:198:18::5 c6a2Label=Source IPv6 Address c6a3=fd00:198:18::10 c6a3Label=Destination IPv6 Address /,
  )
  assert.doesNotMatch(text, / (src|dst)=/)
})

test('a syslog message has the header of RFC 5424', () => {
  assert.equal(
    syslogMessage(event({ kind: 'containment' }), 'BODY', 7, 'local0', origin),
    '<131>1 2026-11-21T10:00:00.000Z cell-1 bulkhead 42 containment [origin software="bulkhead" swVersion="1.2.3"][meta sequenceId="7"] BODY',
  )
})

test('names that are no printable ASCII cannot break the header', () => {
  const message = syslogMessage({ ...event(), edge: 'Zelle 1 "ü"\n' }, 'BODY', 1, 'local0', origin)
  assert.equal(message.split(' ')[2], 'Zelle_1_"_"_')
})

test('a message as JSON has no character that steers a terminal, and says them all', () => {
  const text = 'a\u009B2J\u202Eb\u007F'
  const said = body(event({ text }), 'json', origin)
  assert.match(said, /^[ -~]*$/)
  assert.equal(Event.parse(JSON.parse(said)).text, text)
})

test('the sequence number begins again at 1 after 2147483647', () => {
  assert.match(syslogMessage(event(), '', 2_147_483_647, 'local0', origin), /sequenceId="2147483647"/)
  assert.match(syslogMessage(event(), '', 2_147_483_648, 'local0', origin), /sequenceId="1"/)
})

test('octet counting counts bytes, not characters', () => {
  assert.equal(octetCounted('ü€').toString(), '5 ü€')
})

test('the largest event there can be fits into a datagram when shortened', () => {
  const end = {
    ip: 'fd00:1111:2222:3333:4444:5555:6666:7777',
    mac: '00:1b:1b:aa:00:72',
    vlan: 4094,
    port: 'p'.repeat(64),
    asset: 'a'.repeat(64),
  }
  const name = 'n'.repeat(64)
  const big = event({
    site: name,
    edge: name,
    zone: name,
    conduit: name,
    reason: name,
    source: end,
    destination: end,
    by: 'b'.repeat(200),
    text: '€'.repeat(500),
    details: { x: 'y'.repeat(500) },
  })
  for (const text of [JSON.stringify(shorter(big)), cef(shorter(big), origin)]) {
    const size = Buffer.byteLength(syslogMessage(big, text, 1, 'local0', origin))
    assert.ok(size <= datagramLimit, `${size} bytes`)
  }
})

const targets: readonly [url: string, target: string | undefined][] = [
  ['syslog+udp://198.18.0.5:5140', 'syslog+udp: 198.18.0.5 5140'],
  ['syslog+tls://logs.example:6514', 'syslog+tls: logs.example 6514'],
  ['syslog+tls://logs.example', 'syslog+tls: logs.example 6514'],
  ['syslog+tcp://[fd00:198:18::5]:601', 'syslog+tcp: fd00:198:18::5 601'],
  ['syslog+udp://[fd00:198:18::5]', 'syslog+udp: fd00:198:18::5 514'],
  ['file:///var/log/bulkhead/events.jsonl', 'file:  0'],
  ['syslog+tls://user:secret@logs.example', undefined],
  ['syslog+tls://logs.example?token=secret', undefined],
  ['http://logs.example', undefined],
  ['syslog+tcp://', undefined],
  ['file://host/path', undefined],
  ['file:///var/log/100%.jsonl', undefined],
  ['file:///var/log/a%00b', undefined],
  ['nonsense', undefined],
]
for (const [url, target] of targets) {
  test(`${url} is ${target === undefined ? 'refused' : 'understood'}`, () => {
    const found = parseTarget(url)
    assert.equal(found && `${found.scheme} ${found.host} ${found.port}`, target)
  })
}

const configs: readonly [name: string, config: object, ok: boolean][] = [
  ['a CA with TLS', { url: 'syslog+tls://a', ca: '/ca.pem' }, true],
  ['a CA without TLS', { url: 'syslog+tcp://a', ca: '/ca.pem' }, false],
  ['a certificate without key', { url: 'syslog+tls://a', cert: '/c.pem' }, false],
  ['CEF in a file', { url: 'file:///x', format: 'cef' }, false],
  ['an unknown member', { url: 'file:///x', password: 'x' }, false],
]
for (const [name, config, ok] of configs) {
  test(`a sink with ${name} is ${ok ? 'accepted' : 'refused'}`, () =>
    assert.equal(SinkConfig.safeParse(config).success, ok))
}

const message = (name: 'P0' | 'P1', text: string) => ({ class: name, octets: Buffer.from(text) })
const drain = (queue: Queue) => {
  const out: string[] = []
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) out.push(next.octets.toString())
  return out
}
test('a full queue gives up the oldest that is not P0, then the oldest, and keeps the order', () => {
  const queue = new Queue(3)
  const dropped = [
    message('P0', 'a'),
    message('P1', 'b'),
    message('P0', 'c'),
    message('P1', 'd'),
    message('P0', 'e'),
    message('P0', 'f'),
  ].map((item) => queue.push(item))
  assert.deepEqual(dropped, [0, 0, 0, 1, 1, 1])
  assert.deepEqual(drain(queue), ['c', 'e', 'f'])
})
test('messages that come back stand in front, in their order', () => {
  const queue = new Queue(10)
  queue.push(message('P1', 'c'))
  queue.push(message('P0', 'd'))
  queue.restore([message('P0', 'a'), message('P1', 'b')])
  assert.deepEqual(drain(queue), ['a', 'b', 'c', 'd'])
})
test('a queue is also bounded by bytes', () => {
  const queue = new Queue(10)
  for (let at = 0; at < 10; at++) queue.push(message('P1', 'x'.repeat(4096)))
  assert.equal(queue.length, 2)
})
