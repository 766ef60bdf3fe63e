import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { contextOf, sampleIdentity, talkTo } from '../fuzz/talk.ts'
import { spoiltRequests, testCuts, testHostile } from '../fuzz/talk-trials.ts'
import { http } from './personality.ts'
import type { HttpProfile } from './profile.ts'

const profile: HttpProfile = {
  server: 'Device/{firmware}',
  title: '{model}',
  heading: '{vendor} {model}',
  login: { kind: 'form', action: '/login.cgi', user: 'user', password: 'pass' },
  facts: { 'Serial No.': '{serial}', '<b>': 'a & "b"' },
  process: [{ label: 'Level', point: 0, unit: 'cm', max: 400 }],
  paths: ['/index.htm'],
}
const basic: HttpProfile = { ...profile, login: { kind: 'basic', realm: '{model}' } }
const bare: HttpProfile = { title: 't', heading: 'h', login: { kind: 'basic', realm: 'r' }, facts: {} }
const request = (line: string, headers: readonly string[] = [], body = '') =>
  `${line}\r\nHost: d\r\n${headers.map((h) => `${h}\r\n`).join('')}\r\n${body}`
const post = (body: string, path = '/login.cgi') =>
  request(`POST ${path} HTTP/1.1`, [`Content-Length: ${body.length}`], body)
const authorised = (text: string, path = '/') =>
  request(`GET ${path} HTTP/1.1`, [`Authorization: Basic ${Buffer.from(text).toString('base64')}`])
const say = (text: string, own = profile) => talkTo(http, own, [text])
const password = (user: string, text: string) => ({ user, secret: { kind: 'password' as const, text } })

const rows: readonly (readonly [name: string, typed: string, status: number, text: RegExp, profile?: HttpProfile])[] = [
  [
    'the first page has a login form',
    request('GET / HTTP/1.1'),
    200,
    /<form method="post" action="\/login\.cgi">.*name="user".*name="pass"/,
  ],
  ['other paths show the first page', request('GET /index.htm?x=1 HTTP/1.1'), 200, /<form/],
  ['an absolute target is a path', request('GET http://d/index.htm HTTP/1.1'), 200, /<form/],
  [
    'facts are filled in and escaped',
    request('GET / HTTP/1.1'),
    200,
    /S C-X4U421302009.*&lt;b&gt;.*a &amp; &quot;b&quot;/,
  ],
  ['values are on the page', request('GET / HTTP/1.1'), 200, /<span id="v0">\d+\.\d<\/span> cm/],
  [
    'values are JSON beside it',
    request('GET /values.json HTTP/1.1'),
    200,
    /application\/json.*\{"values":\["\d+\.\d"\]\}$/s,
  ],
  [
    'the server tells its name and the time',
    request('GET / HTTP/1.1'),
    200,
    /Date: Thu, 26 Nov 2026 12:00:00 GMT\r\nServer: Device\/2\.4\r\n/,
  ],
  ['what is not there is not there', request('GET /admin.php HTTP/1.1'), 404, /404 Not Found/],
  ['HEAD has no body', request('HEAD / HTTP/1.1'), 200, /Content-Length: \d{3,}\r\n.*\r\n\r\n$/s],
  ['OPTIONS names methods', request('OPTIONS * HTTP/1.1'), 200, /Allow: GET, HEAD, POST, OPTIONS/],
  ['DELETE is not allowed', request('DELETE / HTTP/1.1'), 405, /Allow/],
  ['a method nobody knows is not implemented', request('BREW / HTTP/1.1'), 501, /./],
  ['HTTP/1.0 is closed', 'GET / HTTP/1.0\r\n\r\n', 200, /Connection: close/],
  ['HTTP/2 is not spoken', 'GET / HTTP/2.0\r\n\r\n', 505, /close/],
  ['what is no HTTP is a bad request', '\x16\x03\x01\x02\0\x01', 400, /close/],
  ['a header without a colon is a bad request', 'GET / HTTP/1.1\r\nHost\r\n\r\n', 400, /close/],
  ['a head that is too long is refused', `GET / HTTP/1.1\r\nX: ${'y'.repeat(17_000)}`, 431, /close/],
  ['a body that is too long is refused', request('POST / HTTP/1.1', ['Content-Length: 65537']), 413, /close/],
  [
    'chunks that are too long are refused',
    request('POST / HTTP/1.1', ['Transfer-Encoding: chunked'], 'fffff\r\n'),
    413,
    /close/,
  ],
  [
    'too many chunks are refused',
    request('POST / HTTP/1.1', ['Transfer-Encoding: chunked'], '1\r\nx\r\n'.repeat(300)),
    413,
    /close/,
  ],
  [
    'chunks with long extensions are refused',
    request('POST / HTTP/1.1', ['Transfer-Encoding: chunked'], `1;${'e'.repeat(1000)}\r\nx\r\n`.repeat(200)),
    413,
    /close/,
  ],
  [
    'chunks without a length are a bad request',
    request('POST / HTTP/1.1', ['Transfer-Encoding: chunked'], 'zz\r\n'),
    400,
    /close/,
  ],
  ['another coding is not implemented', request('POST / HTTP/1.1', ['Transfer-Encoding: gzip']), 501, /close/],
  ['a login is refused on the page', post('user=a&pass=b'), 200, /Invalid user name or password\..*<form/],
  ['what is typed is not shown', post('user=%3Cscript%3E&pass=b'), 200, /^(?!.*script&gt;)/s],
  ['a page that shows something is open where others ask', request('GET / HTTP/1.1'), 200, /Setup/, basic],
  ['a path of the device asks', request('GET /setup HTTP/1.1'), 401, /WWW-Authenticate: Basic realm="Model 7"/, basic],
  ['a login by Basic is refused anywhere', authorised('a:b'), 401, /WWW-Authenticate/, basic],
  ['a login by Basic is refused where a form is', authorised('a:b'), 401, /WWW-Authenticate: Basic realm="Model 7"/],
  ['a page that shows nothing asks itself', request('GET / HTTP/1.1'), 401, /realm="r"/, bare],
]

describe('http', () => {
  for (const [name, typed, status, text, own] of rows)
    it(name, () => {
      const out = say(typed, own).out.toString('latin1')
      assert.equal(out.slice(0, 13), `HTTP/1.1 ${status} `)
      assert.match(out.replaceAll('\n', '\n'), new RegExp(text.source, 's'))
      const [head = '', body = ''] = out.split(/\r\n\r\n/)
      if (!typed.startsWith('HEAD')) assert.equal(Number(/Content-Length: (\d+)/.exec(head)?.[1]), body.length)
    })

  const logins: readonly (readonly [
    name: string,
    typed: string,
    user: string,
    password: string,
    profile?: HttpProfile,
  ])[] = [
    ['a form is an attempt', post('user=ann&pass=a%26b+c'), 'ann', 'a&b c'],
    ['a form posted elsewhere is one', post('user=ann&pass=x', '/'), 'ann', 'x'],
    ['letters beyond ASCII are read', post('user=%C3%A4&pass=\xc3\xbc'), 'ä', 'ü'],
    ['a form in the query is one', request('GET /login.cgi?user=ann&pass=x HTTP/1.1'), 'ann', 'x'],
    [
      'a form in chunks is one',
      request(
        'POST /login.cgi HTTP/1.1',
        ['Transfer-Encoding: chunked'],
        '5\r\nuser=\r\nA;x=y\r\nann&pass=x\r\n\r\n0\r\nT: x\r\n\r\n'.replace('x\r\n\r\n0', 'x\r\n0'),
      ),
      'ann',
      'x',
    ],
    ['Basic is an attempt', authorised('ann:a:b'), 'ann', 'a:b', basic],
    ['Basic is one even where a form is', authorised('ann:x'), 'ann', 'x'],
    ['Basic without a colon has no password', authorised('ann'), 'ann', '', basic],
    ['long ones are cut', authorised(`${'u'.repeat(300)}:${'p'.repeat(300)}`), 'u'.repeat(128), 'p'.repeat(128), basic],
  ]
  for (const [name, typed, user, text, own] of logins)
    it(name, () => assert.deepEqual(say(typed, own).attempts, [password(user, text)]))

  it('knows a post without a password', () =>
    assert.deepEqual(say(post('user=ann')).attempts, [{ user: 'ann', secret: { kind: 'none' } }]))
  it('goes on after a request, and serves those that came together', () => {
    const { exchanges, closed, notes } = say(
      `${request('GET / HTTP/1.1')}${post('user=a&pass=b')}${request('GET /x HTTP/1.1')}`,
    )
    assert.deepEqual([exchanges, closed], [3, false])
    assert.deepEqual(notes, ['GET /', 'POST /login.cgi', 'GET /x'])
  })
  it('lets a client go on that asks whether it may', () => {
    const body = 'user=a&pass=b'
    const head = request('POST /login.cgi HTTP/1.1', [`Content-Length: ${body.length}`, 'Expect: 100-continue'])
    const { out, attempts } = talkTo(http, profile, [head, body])
    assert.match(out.toString('latin1'), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/)
    assert.deepEqual(attempts, [password('a', 'b')])
  })
  it('closes a connection that asks without end', () => {
    const { exchanges, closed } = say(request('GET /x HTTP/1.1').repeat(500))
    assert.deepEqual([exchanges, closed], [60, true])
  })
  it('shows values that move', () => {
    const ask = (ms: number) =>
      talkTo(http, profile, [request('GET /values.json HTTP/1.1')], { context: contextOf({ now: () => ms }) })
        .out.toString('latin1')
        .slice(-20)
    assert.notEqual(ask(1_800_000_000_000), ask(1_800_000_060_000))
  })
  it('escapes whatever an identity is', () => {
    const context = contextOf({ identity: { ...sampleIdentity, serial: '"><script>alert(1)</script>' } })
    assert.doesNotMatch(
      talkTo(http, profile, [request('GET / HTTP/1.1')], { context }).out.toString('latin1'),
      /<script>alert/,
    )
  })
  const script = [
    request('GET / HTTP/1.1'),
    post('user=ann&pass=secret'),
    authorised('a:b', '/setup'),
    request('POST /login.cgi HTTP/1.1', ['Transfer-Encoding: chunked'], 'a\r\nuser=a&pas\r\n3\r\ns=x\r\n0\r\n\r\n'),
  ].map((text) => Buffer.from(text, 'latin1'))
  for (const [name, own] of [
    ['with a form', profile],
    ['with Basic', basic],
  ] as const)
    describe(name, () => {
      const open = () => http.open(contextOf(), own, 'tcp')
      testCuts(open, script)
      testHostile(open, spoiltRequests(script), { most: 262_144, logins: true })
    })
})
