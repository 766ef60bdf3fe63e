/** What a source may do at a decoy before the edge decides about it, and what the host does until then and after. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { datagramsFrom, dial } from './decoy-host/client.ts'
import { decoyAt, startHost, type HostProcess } from './decoy-host/process.ts'
import { echoStation, layGround } from './decoy-host/scene.ts'

const [watched, three, first] = ['198.18.1.1', '198.18.1.2', '198.18.1.3']
const many = ['198.18.1.11', '198.18.1.12', '198.18.1.13', '198.18.1.14']
const hold = 600

describe('budgets at the decoy host', () => {
  let host: HostProcess
  let source = ''
  let sources = 0
  before(async () => {
    await layGround()
    host = await startHost({
      stations: [
        echoStation('s1', [
          decoyAt(watched),
          decoyAt(three, { after: 3 }),
          decoyAt(first, 'first'),
          ...many.map((address) => decoyAt(address, { after: 3 })),
        ]),
      ],
      limits: { hold },
    })
  })
  after(() => host[Symbol.asyncDispose]())
  const from = (): string => (source = `198.18.9.${++sources}`)

  const spent = () => host.until('contact', (contact) => contact.session.source === source && contact.spent)
  const timesSpent = () =>
    host.of('contact').filter((contact) => contact.session.source === source && contact.spent).length
  /** Nothing more than this is heard for a while that is shorter than the hold. */
  const staysAt = async (client: Awaited<ReturnType<typeof dial>>, text: string): Promise<void> => {
    await sleep(150)
    assert.equal(await client.heard(0), text)
    assert.equal(client.isClosed(), false)
  }

  test('observe: nothing is ever spent', async () => {
    const client = await dial(watched, 7001, from())
    client.say('x\n'.repeat(40))
    assert.equal((await client.heard(80)).length, 80)
    await host.until('contact', ({ session, exchanges }) => session.source === source && exchanges === 40)
    assert.equal(timesSpent(), 0)
    client.socket.destroy()
  })

  test('after 3: the third answer waits, and is sent when the edge lets the source go on', async () => {
    const client = await dial(three, 7001, from())
    for (const line of ['1\n', '2\n']) {
      client.say(line)
      await client.heard(Number(line) * 2)
    }
    client.say('3\n')
    const contact = await spent()
    assert.deepEqual([contact.exchanges, contact.handshake], [3, true])
    await staysAt(client, '1\n2\n')
    host.order({ type: 'go-on', source })
    assert.equal(await client.heard(6), '1\n2\n3\n')
    client.say('4\n')
    assert.equal(await client.heard(8), '1\n2\n3\n4\n')
    assert.equal(timesSpent(), 1)
    client.say('5\n')
    await client.heard(10)
    client.say('6\n')
    await host.until('contact', (next) => next.session.source === source && next.spent && next.exchanges === 6)
    client.socket.destroy()
  })

  test('exchanges count over connections to one decoy, and not over decoys', async () => {
    from()
    for (const line of ['1\n', '2\n']) {
      const client = await dial(three, 7001, source)
      client.say(line)
      await client.heard(2)
      client.socket.destroy()
    }
    const other = await dial(watched, 7001, source)
    other.say('x\n')
    await other.heard(2)
    assert.equal(timesSpent(), 0)
    const client = await dial(three, 7001, source)
    client.say('3\n')
    assert.equal((await spent()).exchanges, 3)
    host.order({ type: 'cut', source })
    assert.ok(await client.closed())
    other.socket.destroy()
  })

  test('somebody who connects to one decoy after the other, and says nothing, has spent it at the fourth', async () => {
    from()
    const clients: Awaited<ReturnType<typeof dial>>[] = []
    for (const [at, address] of many.entries()) {
      assert.equal(timesSpent(), 0, `before ${address}`)
      clients.push(await dial(address, 7001, source))
      if (at < 3) await host.until('contact', ({ session }) => session.source === source && session.decoy === address)
    }
    assert.equal((await spent()).session.decoy, many[3])
    host.order({ type: 'cut', source })
    for (const client of clients) assert.ok(await client.closed())
  })

  test('cut: the answer never leaves, every connection of the source ends, and it is refused from then on', async () => {
    const [client, beside] = [await dial(three, 7001, from()), await dial(watched, 7001, source)]
    beside.say('x\n')
    await beside.heard(2)
    client.say('1\n2\n3\n')
    await spent()
    host.order({ type: 'cut', source })
    assert.ok(await client.closed())
    assert.ok(await beside.closed())
    assert.equal(await client.heard(0), '')
    const again = await dial(watched, 7002, source)
    assert.ok(await again.closed())
    assert.equal(await again.heard(0), '')
    const peer = await datagramsFrom(source)
    peer.send('hello', watched, 7001)
    const stranger = await datagramsFrom(from())
    stranger.send('hello', watched, 7001)
    await stranger.until(1)
    assert.deepEqual([peer.heard.length, stranger.heard.length], [0, 1])
    peer.close()
    stranger.close()
  })

  test('nobody decides: the connection is cut after its time, and who comes back is told of once more', async () => {
    const client = await dial(three, 7001, from())
    const start = performance.now()
    client.say('1\n2\n3\n')
    assert.ok(await client.closed())
    assert.ok(performance.now() - start >= hold - 20)
    assert.equal(await client.heard(0), '')
    const again = await dial(three, 7002, source)
    await host.until('contact', (contact) => contact.session.source === source && contact.session.port === 7002)
    assert.equal(timesSpent(), 2)
    host.order({ type: 'go-on', source })
    assert.equal(await again.heard(), `HELLO ${decoyAt(three).name}\n`)
    again.socket.destroy()
  })

  test('first, where the device waits: a handshake is told, the first packet spends, its answer waits', async () => {
    const client = await dial(first, 7001, from())
    const contact = await host.until('contact', ({ session }) => session.source === source)
    assert.deepEqual([contact.spent, contact.exchanges], [false, 0])
    client.say('hello\n')
    await spent()
    await staysAt(client, '')
    host.order({ type: 'go-on', source })
    assert.equal(await client.heard(6), 'hello\n')
    client.say('more\n')
    assert.equal(await client.heard(11), 'hello\nmore\n')
    assert.equal(timesSpent(), 1)
    client.socket.destroy()
  })

  test('first, where the device speaks first: the handshake spends, and the greeting waits', async () => {
    const client = await dial(first, 7002, from())
    await spent()
    await staysAt(client, '')
    host.order({ type: 'go-on', source })
    assert.equal(await client.heard(), `HELLO ${decoyAt(first).name}\n`)
    client.socket.destroy()
  })

  test('first, under TLS: the first packet spends before there is a handshake of TLS', async () => {
    const client = await dial(first, 7003, from())
    client.say('\u0016\u0003\u0001')
    await spent()
    await staysAt(client, '')
    client.socket.destroy()
  })

  for (const [title, end] of [
    ['closes', (client: Awaited<ReturnType<typeof dial>>) => client.socket.end()],
    ['resets', (client: Awaited<ReturnType<typeof dial>>) => client.socket.resetAndDestroy()],
  ] as const)
    test(`first: somebody who only connects and ${title} at once has spent it, and is named`, async () => {
      const client = await dial(first, 7001, from())
      end(client)
      const { session, handshake } = await spent()
      assert.deepEqual([session.decoy, session.port, handshake], [first, 7001, true])
      client.socket.destroy()
    })

  test('datagrams have an account of their own, and spend nothing of who completes a handshake', async () => {
    const peer = await datagramsFrom(from())
    for (const line of ['1', '2', '3']) {
      peer.send(line, three, 7001)
      if (line !== '3') await peer.until(Number(line))
    }
    const contact = await spent()
    assert.deepEqual([contact.exchanges, contact.handshake], [3, false])
    await sleep(100)
    assert.equal(peer.heard.length, 2)
    const client = await dial(three, 7001, source)
    client.say('x\n')
    assert.equal(await client.heard(2), 'x\n')
    host.order({ type: 'go-on', source })
    await peer.until(3)
    assert.deepEqual(
      peer.heard.map(({ text }) => text),
      ['1\n', '2\n', '3\n'],
    )
    peer.close()
    client.socket.destroy()
  })

  test('contacts of one source are told at most ten times a second, and none is forgotten', async () => {
    const client = await dial(watched, 7001, from())
    const start = performance.now()
    for (let line = 1; line <= 200; line++) {
      client.say('x\n')
      await client.heard(line * 2)
    }
    await host.until('contact', ({ session, exchanges }) => session.source === source && exchanges === 200)
    const seconds = (performance.now() - start) / 1000
    const told = host.of('contact').filter(({ session }) => session.source === source).length
    assert.ok(told <= 10 + 10 * seconds + 1, `${told} in ${seconds} s`)
    client.socket.destroy()
  })
})
