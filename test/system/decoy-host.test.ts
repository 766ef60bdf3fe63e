/** The decoy host as a process of its own: what comes in, what goes out, and what is told of it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { clientOf, datagramsFrom, dial, type Client } from './decoy-host/client.ts'
import { decoyAt, startHost, type HostProcess } from './decoy-host/process.ts'
import { beside, echoStation, layGround } from './decoy-host/scene.ts'

const [a, b, other] = ['198.18.1.1', '198.18.1.2', '198.18.2.1']
const nameAt = (address: string): string => decoyAt(address).name

/** Speaks TLS on what is connected already. */
const encrypted = async (client: Client): Promise<Client> => {
  client.socket.removeAllListeners('data')
  const socket = connectTls({ socket: client.socket, rejectUnauthorized: false })
  const talk = clientOf(socket)
  await once(socket, 'secureConnect')
  return talk
}

describe('the decoy host', () => {
  let host: HostProcess
  let source = ''
  let sources = 0
  before(async () => {
    await layGround()
    host = await startHost({
      stations: [echoStation('s1', [decoyAt(a), decoyAt(b)]), echoStation('s2', [decoyAt(other)], beside)],
      limits: { datagramIdle: 1000, verify: 700 },
      begin: { verify: true, honeytokens: [{ id: 'token', user: 'planted' }] },
    })
  })
  after(() => host[Symbol.asyncDispose]())
  const newSource = (): string => (source = `198.18.9.${++sources}`)

  const toldOf = (exchanges: number, handshake = true) =>
    host.until(
      'contact',
      (contact) =>
        contact.session.source === source && contact.exchanges === exchanges && contact.handshake === handshake,
    )
  const recorded = async (): Promise<[number, string][]> => {
    const tape = await host.until('recording', ({ session }) => session.source === source)
    return tape.chunks.map(({ d, b: text }) => [d, Buffer.from(text, 'base64').toString('latin1')])
  }

  test('says who it is, without privileges', async () => {
    const { pid, uid } = await host.until('ready')
    assert.equal(pid, host.pid)
    assert.equal(uid, process.getuid?.())
  })

  for (const [address, station, namespace] of [
    [a, 's1', undefined],
    [b, 's1', undefined],
    [other, 's2', beside],
  ] as const)
    test(`answers at ${address} as the decoy there, and tells of handshake, exchange and what was said`, async () => {
      const client = await dial(address, 7002, newSource(), namespace)
      const { handshake, spent, session } = await toldOf(0)
      assert.deepEqual([handshake, spent, session.station, session.decoy], [true, false, station, address])
      client.say('hello\n')
      const said = `HELLO ${nameAt(address)}\n`
      assert.equal(await client.heard(said.length + 6), `${said}hello\n`)
      assert.deepEqual((await toldOf(1)).notes, ['said hello'])
      client.socket.end()
      assert.ok(await client.closed())
      assert.deepEqual(await recorded(), [
        [1, said],
        [0, 'hello\n'],
        [1, 'hello\n'],
      ])
    })

  test('an address that no decoy has is not answered', async () => {
    const client = await dial('198.18.1.77', 7001, newSource())
    assert.ok(await client.closed())
    const peer = await datagramsFrom(newSource())
    peer.send('hello', '198.18.1.77', 7001)
    peer.send('hello', a, 7001)
    await peer.until(1)
    peer.close()
    assert.deepEqual(peer.heard, [{ text: 'hello\n', from: a }])
    assert.deepEqual(
      host.of('contact').filter(({ session }) => session.decoy === '198.18.1.77'),
      [],
    )
  })

  test('a request whose sender has closed his end is answered still', async () => {
    const client = await dial(a, 7001, newSource())
    client.socket.end('slow 300\nlast\n')
    assert.equal(await client.heard(10), 'slow\nlast\n')
    assert.ok(await client.closed())
  })

  test('requests that come together and in pieces are answered once each, in order', async () => {
    const client = await dial(a, 7001, newSource())
    client.socket.setNoDelay(true)
    for (const piece of ['on', 'e\ntwo\nth', 'ree', '\n']) {
      client.say(piece)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    assert.equal(await client.heard(14), 'one\ntwo\nthree\n')
    assert.equal((await toldOf(3)).spent, false)
    client.socket.destroy()
  })

  test('a delay is kept, and what comes meanwhile waits its turn', async () => {
    const client = await dial(a, 7001, newSource())
    const start = performance.now()
    client.say('slow 400\n')
    await new Promise((resolve) => setTimeout(resolve, 50))
    client.say('after\n')
    assert.equal(await client.heard(11), 'slow\nafter\n')
    assert.ok(performance.now() - start >= 390)
    client.socket.destroy()
  })

  test('an answer that closes the connection ends it after it was sent', async () => {
    const client = await dial(a, 7001, newSource())
    client.say('close\nmore\n')
    assert.ok(await client.closed())
    assert.equal(await client.heard(), 'bye\n')
  })

  test('a service under TLS greets and answers inside, and what was said is recorded in clear', async () => {
    const client = await encrypted(await dial(a, 7003, newSource()))
    client.say('hello\n')
    const said = `SECRET ${nameAt(a)}\n`
    assert.equal(await client.heard(said.length + 6), `${said}hello\n`)
    client.socket.end()
    assert.ok(await client.closed())
    assert.deepEqual((await recorded()).map(([, text]) => text).join(''), `${said}hello\nhello\n`)
  })

  test('an answer turns a connection into TLS', async () => {
    const plain = await dial(a, 7001, newSource())
    plain.say('tls\n')
    assert.equal(await plain.heard(3), 'go\n')
    const client = await encrypted(plain)
    client.say('inside\n')
    assert.equal(await client.heard(7), 'inside\n')
    client.socket.end()
    assert.ok(await client.closed())
    assert.deepEqual(await recorded(), [
      [0, 'tls\n'],
      [1, 'go\n'],
      [0, 'inside\n'],
      [1, 'inside\n'],
    ])
  })

  test('what is no TLS costs the connection that said it', async () => {
    const client = await dial(a, 7003, newSource())
    client.say('GET / HTTP/1.0\r\n\r\n')
    assert.ok(await client.closed())
  })

  test('a fault of a personality costs one connection or datagram, and is counted', async () => {
    const { faults } = await host.status()
    const [client, witness] = [await dial(a, 7001, newSource()), await dial(a, 7001)]
    const peer = await datagramsFrom(source)
    client.say('throw\n')
    assert.ok(await client.closed())
    peer.send('throw', a, 7001)
    peer.send('hello', a, 7001)
    await peer.until(1)
    peer.close()
    assert.deepEqual(peer.heard, [{ text: 'hello\n', from: a }])
    witness.say('still there\n')
    assert.equal(await witness.heard(12), 'still there\n')
    witness.socket.destroy()
    assert.equal((await host.status()).faults, faults + 2)
    assert.match(host.log(), /echo at 198\.18\.1\.1: Error: a fault of a personality/)
  })

  for (const [title, user, answer, kind] of [
    ['planted, wrong for the verifier', 'planted', 'wrong', 'honeytoken'],
    ['current', 'eve', 'current', 'compromised-credential'],
    ['never verified', 'bob', undefined, 'guess'],
  ] as const)
    test(`a login that is ${title} is told, verified and classified as ${kind}`, async () => {
      const client = await dial(a, 7001, newSource())
      client.say(`login ${user} secret\n`)
      assert.equal(await client.heard(8), 'refused\n')
      const { id, password, verify } = await host.until('attempt', ({ session }) => session.source === source)
      assert.deepEqual([password, verify], ['secret', true])
      if (answer !== undefined) host.order({ type: 'verified', id, answer, by: 'test' })
      const login = await host.until('login', ({ session }) => session.source === source)
      assert.deepEqual(
        [login.class, login.user, login.evidence, login.contain],
        [kind, user, [answer ?? 'not-asked'], kind !== 'guess'],
      )
      client.socket.destroy()
    })

  test('a service with a socket to itself is counted, recorded and its logins are told', async () => {
    const client = await dial(a, 7004, newSource())
    assert.equal(await client.heard(7), 'STREAM\n')
    client.say('toor\n')
    assert.equal(await client.heard(10), 'STREAM\nno\n')
    const { user, password } = await host.until('attempt', ({ session }) => session.source === source)
    assert.deepEqual([user, password], ['root', 'toor'])
    await toldOf(1)
    client.socket.end()
    assert.ok(await client.closed())
  })

  for (const [address, namespace] of [
    [a, undefined],
    [b, undefined],
    [other, beside],
  ] as const)
    test(`a datagram to ${address} is answered from there, and its conversation told when it is over`, async () => {
      const peer = await datagramsFrom(newSource(), namespace)
      peer.send('one', address, 7001)
      peer.send('two', address, 7001)
      await peer.until(2)
      peer.close()
      assert.deepEqual(peer.heard, [
        { text: 'one\n', from: address },
        { text: 'two\n', from: address },
      ])
      assert.equal((await toldOf(2, false)).session.transport, 'udp')
      assert.deepEqual(
        (await recorded()).map(([d, text]) => `${d} ${text.trim()}`).toSorted(),
        ['0 one', '0 two', '1 one', '1 two'].toSorted(),
      )
    })

  test('decoys that move: connections with those that left end, those that came answer, the others go on', async () => {
    const [left, stays] = [await dial(b, 7001, newSource()), await dial(a, 7001)]
    left.say('one\n')
    await left.heard(4)
    host.order({ type: 'move', station: 's1', decoys: [decoyAt(a), decoyAt('198.18.1.9')] })
    assert.ok(await left.closed())
    assert.ok(await (await dial(b, 7001, source)).closed())
    const fresh = await dial('198.18.1.9', 7002, source)
    assert.equal(await fresh.heard(), `HELLO ${nameAt('198.18.1.9')}\n`)
    stays.say('here\n')
    assert.equal(await stays.heard(5), 'here\n')
    stays.socket.destroy()
    fresh.socket.destroy()
    host.order({ type: 'move', station: 's1', decoys: [decoyAt(a), decoyAt(b)] })
  })
})
