import assert from 'node:assert/strict'
import { createHash, createHmac, scryptSync } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { Verifier } from '#schema/decoys.ts'
import { verifierOf } from './build.ts'
import { escapedDn, ldapVerifier } from './ldap.ts'
import { listLine, listVerifier, readList } from './list.ts'
import { accessRequest, codes, hiddenPassword, responseCode } from './radius-packet.ts'
import { radiusVerifier } from './radius.ts'

const home = mkdtempSync(join(tmpdir(), 'verifier-'))
after(() => rmSync(home, { recursive: true }))
const secret = Buffer.from('a shared secret')

/** A line as cheap as one may be. */
const cheapLine = (user: string, state: 'current' | 'old', password: string): string => {
  const salt = Buffer.alloc(16, user.length)
  const hash = scryptSync(password, salt, 32, { N: 2 ** 12, r: 8, p: 1 })
  return `${user}:${state}:scrypt$12$${salt.toString('base64')}$${hash.toString('base64')}`
}

describe('a local list', () => {
  const file = join(home, 'list')
  it('tells current, old and wrong passwords', async () => {
    const lines = [
      cheapLine('ann', 'current', 'now'),
      cheapLine('ann', 'old', 'then'),
      await listLine('A:b%', 'current', 'x'),
    ]
    writeFileSync(file, `# users\n\n${lines.join('\n')}\n`)
    const list = listVerifier(file)
    const say = (user: string, password: string) => list.verify(user, password)
    assert.deepEqual(
      await Promise.all([
        say('ann', 'now'),
        say('ANN', 'then'),
        say('ann', 'never'),
        say('bob', 'now'),
        say('a:b%', 'x'),
        say('ann', ''),
        say('', 'now'),
      ]),
      ['current', 'old', 'wrong', 'wrong', 'current', 'not-asked', 'not-asked'],
    )
  })
  it('is read again when it changed', async () => {
    writeFileSync(file, cheapLine('ann', 'current', 'one'))
    const list = listVerifier(file)
    assert.equal(await list.verify('ann', 'two'), 'wrong')
    writeFileSync(file, cheapLine('ann', 'current', 'two'))
    utimesSync(file, 1, 1)
    assert.equal(await list.verify('ann', 'two'), 'current')
  })
  it('answers no more at once than it can', async () => {
    writeFileSync(file, cheapLine('ann', 'current', 'two'))
    const list = listVerifier(file)
    const all = await Promise.all(Array.from({ length: 40 }, () => list.verify('ann', 'two')))
    assert.ok(all.includes('not-asked') && all.includes('current'))
  })
  for (const [name, text] of [
    ['has no hash', 'ann:current'],
    ['is stated neither current nor old', `ann:new:scrypt$15$AAAAAAAAAAA=$${'A'.repeat(43)}=`],
    ['costs too little', `ann:old:scrypt$08$AAAAAAAAAAA=$${'A'.repeat(43)}=`],
    ['costs too much', `ann:old:scrypt$30$AAAAAAAAAAA=$${'A'.repeat(43)}=`],
  ] as const)
    it(`a line that ${name} is none`, () => assert.throws(() => readList(`# x\n${text}`), /line 2/))
  it('a file that is not there is said', () => assert.throws(() => listVerifier(join(home, 'none')), /cannot be read/))
})

describe('a name in a distinguished name', () => {
  for (const [value, escaped] of [
    ['ann', 'ann'],
    ['a,ou=x', 'a\\,ou\\=x'],
    ['a+b', 'a\\+b'],
    ['#a', '\\#a'],
    [' a ', '\\ a\\ '],
    ['a\\b', 'a\\\\b'],
    ['a"<>;', 'a\\"\\<\\>\\;'],
    ['a\0\n', 'a\\00\\0a'],
    ['ä', 'ä'],
  ] as const)
    it(`${JSON.stringify(value)} is ${escaped}`, () => assert.equal(escapedDn(value), escaped))
})

describe('a directory', () => {
  const base = { dn: 'uid={user},dc=plant', timeout: 100 }
  it('is sent no password in the clear', () =>
    assert.throws(() => ldapVerifier({ ...base, url: 'ldap://198.18.1.1' }), /in the clear/))

  it('does not repeat a password that stands in its address', () => {
    for (const url of ['ldap://ann:hunter2@198.18.1.1', 'http://ann:hunter2@198.18.1.1'])
      assert.throws(
        () => ldapVerifier({ ...base, url }),
        ({ message }: Error) => message.includes('://…@198.18.1.1') && !message.includes('hunter2'),
      )
  })
  it('has an address of LDAP', () => assert.throws(() => ldapVerifier({ ...base, url: 'http://x' }), /ldaps/))
  it('has a place for the user', () =>
    assert.throws(() => ldapVerifier({ ...base, dn: 'uid=x', url: 'ldaps://x' }), /no place/))
  it('that does not answer is one that was not asked', async () =>
    assert.equal(await ldapVerifier({ ...base, url: 'ldap://127.0.0.1:1' }).verify('ann', 'x'), 'not-asked'))
})

describe('RADIUS', () => {
  const authenticator = Buffer.from('0f403f9473978057bd83d5cb98f4227a', 'hex')
  it('hides a password as in the example of RFC 2865, 7.1', () =>
    assert.equal(
      hiddenPassword('arctangent', Buffer.from('xyzzy5461'), authenticator).toString('hex'),
      '0dbe708d93d413ce3196e43f782a0aee',
    ))
  it('hides a password of more than a block with the block before', () => {
    const hidden = hiddenPassword('0123456789abcdefXYZ', secret, authenticator)
    assert.equal(hidden.length, 32)
    const mask = createHash('md5').update(secret).update(hidden.subarray(0, 16)).digest()
    assert.equal(
      Buffer.from(hidden.subarray(16).map((byte, at) => byte ^ (mask[at] ?? 0))).toString('latin1', 0, 3),
      'XYZ',
    )
  })
  const request = { id: 7, authenticator, secret, user: 'ann', password: 'x', nas: 'n' }
  it('puts a Message-Authenticator first', () => {
    const packet = accessRequest(request)
    assert.deepEqual([packet[20], packet[21]], [80, 18])
    const sum = Buffer.from(packet.subarray(22, 38))
    packet.fill(0, 22, 38)
    assert.deepEqual(createHmac('md5', secret).update(packet).digest(), sum)
  })

  /** A response as a server makes it, spoilt before or after it is proved. */
  const response = ({
    code = codes.accept,
    id = 7,
    key = secret,
    without = false,
    twice = false,
    spoil = (packet) => packet,
  }: {
    code?: number
    id?: number
    key?: Buffer
    without?: boolean
    twice?: boolean
    spoil?: (packet: Buffer) => Buffer
  } = {}): Buffer => {
    const proof = Buffer.concat([Buffer.from([80, 18]), Buffer.alloc(16)])
    const attributes = Buffer.concat([
      ...(without ? [] : [proof]),
      ...(twice ? [proof] : []),
      Buffer.from([18, 4, 104, 105]),
    ])
    const packet = Buffer.concat([Buffer.from([code, id, 0, 20 + attributes.length]), authenticator, attributes])
    if (!without) createHmac('md5', key).update(packet).digest().copy(packet, 22)
    createHash('md5').update(packet).update(key).digest().copy(packet, 4)
    return spoil(packet)
  }
  const rows: readonly (readonly [name: string, packet: Buffer, code: number | undefined])[] = [
    ['an accept', response(), 2],
    ['a reject', response({ code: codes.reject }), 3],
    ['one with padding behind it', response({ spoil: (packet) => Buffer.concat([packet, Buffer.alloc(9)]) }), 2],
    ['to another request', response({ id: 8 }), undefined],
    ['under another secret', response({ key: Buffer.from('another secret') }), undefined],
    ['without a Message-Authenticator', response({ without: true }), undefined],
    ['with two of them', response({ twice: true }), undefined],
    [
      'made an accept on the way',
      response({ code: codes.reject, spoil: (packet) => (packet.writeUInt8(2, 0), packet) }),
      undefined,
    ],
    [
      'with a text changed on the way',
      response({ spoil: (packet) => (packet.writeUInt8(1, packet.length - 1), packet) }),
      undefined,
    ],
    ['cut off', response().subarray(0, 30), undefined],
    ['of nothing', Buffer.alloc(0), undefined],
  ]
  for (const [name, packet, code] of rows)
    it(`a response ${name} ${code === undefined ? 'is none' : 'is one'}`, () =>
      assert.equal(responseCode(packet, request), code))

  const serve = async (answer: (packet: Buffer, from: { port: number }, socket: Socket) => void): Promise<Socket> => {
    const socket = createSocket('udp4')
    socket.on('message', (packet, from) => answer(packet, from, socket))
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return socket
  }
  it('asks again once, and then says that nobody answered', async () => {
    const packets: string[] = []
    const socket = await serve((packet) => packets.push(packet.toString('hex')))
    const verifier = radiusVerifier({ server: `127.0.0.1:${socket.address().port}`, secret, timeout: 60 })
    assert.equal(await verifier.verify('ann', 'x'), 'not-asked')
    assert.equal(packets.length, 2)
    assert.equal(packets[0], packets[1])
    assert.ok(!packets[0]?.includes(Buffer.from('hunter2').toString('hex')))
    socket.close()
  })
  it('does not believe an answer that is not proved', async () => {
    const socket = await serve((packet, { port }, own) =>
      own.send(Buffer.concat([Buffer.from([2, packet[1] ?? 0, 0, 20]), Buffer.alloc(16)]), port),
    )
    assert.equal(
      await radiusVerifier({ server: `127.0.0.1:${socket.address().port}`, secret, timeout: 60 }).verify('ann', 'x'),
      'not-asked',
    )
    socket.close()
  })
  it('sends nothing for an empty password, and ends when it is closed', async () => {
    const socket = await serve(() => assert.fail('asked'))
    const verifier = radiusVerifier({ server: `127.0.0.1:${socket.address().port}`, secret, timeout: 60 })
    assert.equal(await verifier.verify('ann', ''), 'not-asked')
    socket.close()
    const other = radiusVerifier({ server: '127.0.0.1:9', secret, timeout: 10_000 })
    const waiting = other.verify('ann', 'x')
    other.close()
    assert.equal(await waiting, 'not-asked')
  })
  it('needs a server with a port and a secret of some length', () => {
    assert.throws(() => radiusVerifier({ server: 'radius', secret, timeout: 1 }), /host:port/)
    assert.throws(() => radiusVerifier({ server: 'radius:1812', secret: Buffer.from('x'), timeout: 1 }), /8 bytes/)
  })
})

describe('the verifier of a policy', () => {
  const store = { get: () => undefined, set: () => {} }
  for (const kind of ['list', 'ldap', 'radius'] as const)
    it(`of kind ${kind} says what it needs`, () =>
      assert.throws(() => verifierOf(Verifier.parse({ kind }), { store }), /needs/))
  it('names a file that cannot be read', () =>
    assert.throws(
      () => verifierOf(Verifier.parse({ kind: 'radius', server: 'r:1', 'secret-file': '/none' }), { store }),
      /\/none/,
    ))
  it('asks a list each time', async () => {
    writeFileSync(join(home, 'l'), await listLine('ann', 'current', 'x'))
    const verifier = verifierOf(Verifier.parse({ kind: 'list', file: join(home, 'l') }), { store })
    assert.deepEqual([await verifier.verify('ann', 'y'), await verifier.verify('ann', 'x')], ['wrong', 'current'])
  })
})
