import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { after, before, beforeEach, suite, test } from 'node:test'
import {
  countConntrack,
  deleteConntrackWhere,
  dumpConntrack,
  findConntrack,
  flushConntrack,
  type Connection,
} from '#linux/conntrack.ts'
import { createNamespace, deleteNamespace } from '#linux/namespace.ts'
import { Nft } from '#linux/nftables.ts'

suite('conntrack', () => {
  const nft = Nft.open()
  const sockets: Socket[] = []
  before(() => {
    // Connections are tracked only where a rule asks for their state.
    nft.run(
      'add table inet t\nadd chain inet t c { type filter hook output priority 0 ; }\nadd rule inet t c ct state new counter',
    )
  })
  beforeEach(() => flushConntrack())
  after(() => {
    nft.run('delete table inet t')
    nft.close()
    for (const socket of sockets) socket.close()
  })

  const speak = async (port: number, host = '127.0.0.1'): Promise<number> => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    sockets.push(socket)
    socket.on('error', () => undefined)
    await new Promise<void>((resolve) => socket.send('x', port, host, () => resolve()))
    return socket.address().port
  }

  test('a dump shows each connection with its tuples, and the count agrees', async () => {
    const four = await speak(40_001)
    const six = await speak(40_002, '::1')
    const all = dumpConntrack()
    const find = (port: number) => all.find((connection) => connection.original.sourcePort === port)
    assert.deepEqual(find(four)?.original, {
      source: '127.0.0.1',
      destination: '127.0.0.1',
      protocol: 17,
      sourcePort: four,
      destinationPort: 40_001,
    })
    assert.deepEqual(find(six)?.original, {
      source: '::1',
      destination: '::1',
      protocol: 17,
      sourcePort: six,
      destinationPort: 40_002,
    })
    assert.equal(find(four)?.reply?.sourcePort, 40_001)
    assert.ok((find(four)?.timeout ?? 0) > 0)
    assert.equal(countConntrack(), all.length)
  })

  test('one is found by what its answers look like, and not when it is gone', async () => {
    const port = await speak(40_003)
    const answer = {
      source: '127.0.0.1',
      destination: '127.0.0.1',
      protocol: 17,
      sourcePort: 40_003,
      destinationPort: port,
    }
    assert.equal(findConntrack(answer)?.original.sourcePort, port)
    assert.equal(findConntrack({ ...answer, sourcePort: 40_004 }), undefined)
    flushConntrack()
    assert.equal(findConntrack(answer), undefined)
  })

  test('an established TCP connection says so', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    assert.ok(address !== null && typeof address === 'object')
    const client = connect(address.port, '127.0.0.1')
    await once(client, 'connect')
    const entry = dumpConntrack().find((connection) => connection.original.destinationPort === address.port)
    assert.equal(entry?.tcpState, 3)
    client.destroy()
    server.close()
  })

  test('a dump of 3,000 connections is complete', async () => {
    const socket = createSocket('udp4')
    sockets.push(socket)
    for (let i = 0; i < 3000; i++)
      await new Promise<void>((resolve) => socket.send('x', 10_000 + i, `127.0.${i % 250}.1`, () => resolve()))
    assert.equal(dumpConntrack().length, countConntrack())
    assert.ok(countConntrack() >= 3000)
  })

  test('a flush forgets everything', async () => {
    await speak(40_001)
    assert.ok(countConntrack() > 0)
    flushConntrack()
    assert.deepEqual(dumpConntrack(), [])
    assert.equal(countConntrack(), 0)
  })

  for (const host of ['127.0.0.1', '::1'])
    test(`one connection over ${host} is forgotten, its neighbour stays, and twice is not an error`, async () => {
      const gone = await speak(40_001, host)
      const stays = await speak(40_001, host)
      const isGone = ({ original }: Connection): boolean => original.sourcePort === gone
      assert.equal(deleteConntrackWhere(isGone), 1)
      assert.equal(deleteConntrackWhere(isGone), 0)
      const left = dumpConntrack().flatMap((connection) => connection.original.sourcePort ?? [])
      assert.ok(left.includes(stays) && !left.includes(gone))
    })

  test('all connections of one destination are forgotten together', async () => {
    for (const port of [40_001, 40_001, 40_002]) await speak(port)
    assert.equal(
      deleteConntrackWhere((connection) => connection.original.destinationPort === 40_001),
      2,
    )
    assert.deepEqual(
      dumpConntrack().map((connection) => connection.original.destinationPort),
      [40_002],
    )
  })

  test('another namespace has its own table', async () => {
    await createNamespace('tracked')
    await speak(40_001)
    assert.equal(countConntrack({ namespace: 'tracked' }), 0)
    flushConntrack({ namespace: 'tracked' })
    assert.ok(countConntrack() > 0)
    await deleteNamespace('tracked')
  })
})
