/** What one source, and all of them, may take of the decoy host. */
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Limits } from '#decoy/host/limits.ts'
import { datagramsFrom, dial, type Client } from './decoy-host/client.ts'
import { decoyAt, startHost, type HostProcess } from './decoy-host/process.ts'
import { echoStation, layGround } from './decoy-host/scene.ts'

const address = '198.18.1.1'
const hostWith = (limits: Partial<Limits>): Promise<HostProcess> =>
  startHost({ stations: [echoStation('s1', [decoyAt(address)])], limits })

before(layGround)

/** How many of these are answered. */
const answered = async (clients: readonly Client[]): Promise<number> => {
  const heard = await Promise.all(
    clients.map(async (client) => {
      client.say('x\n')
      return await client.heard(2, 1000)
    }),
  )
  return heard.filter((text) => text === 'x\n').length
}
const dialMany = (count: number, source: (index: number) => string): Promise<Client[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => dial(address, 7001, source(index))))
const hangUp = (clients: readonly Client[]): void => clients.forEach(({ socket }) => socket.destroy())

describe('limits of connections', () => {
  test('64 at a time for one source; another one is let in, and told of are all', async () => {
    await using host = await hostWith({ newPerSource: 1000, newInAll: 10_000 })
    const clients = await dialMany(70, () => '198.18.9.1')
    assert.equal(await answered(clients), 64)
    const other = await dial(address, 7001, '198.18.9.2')
    assert.equal(await answered([other]), 1)
    const { connections, refused, accepted } = await host.status()
    assert.deepEqual([connections, refused, accepted], [65, 6, 65])
    hangUp([...clients, other])
    for (let turn = 0; turn < 100 && (await host.status()).connections > 0; turn++) await sleep(20)
    assert.equal((await host.status()).connections, 0)
  })

  test('20 new ones a second for one source, and who is refused is told of', async () => {
    await using host = await hostWith({})
    const start = performance.now()
    const clients = await dialMany(60, () => '198.18.9.1')
    const most = 20 + (20 * (performance.now() - start)) / 1000
    const count = await answered(clients)
    assert.ok(count >= 20 && count <= most + 1, `${count} of at most ${most}`)
    assert.equal((await host.status()).refused, 60 - count)
    hangUp(clients)
    await sleep(400)
    const only = await dial(address, 7001, '198.18.9.1')
    assert.equal(await answered([only]), 1)
    hangUp([only])
  })

  test('a refused source has touched the decoy: with the budget "first" that spends it', async () => {
    await using host = await startHost({
      stations: [echoStation('s1', [decoyAt(address, 'first')])],
      limits: { connections: 16, perSource: 0 },
    })
    const client = await dial(address, 7001, '198.18.9.1')
    assert.ok(await client.closed())
    await host.until('contact', ({ session, spent }) => session.source === '198.18.9.1' && spent)
  })

  test('so many in all', async () => {
    await using host = await hostWith({ connections: 30 })
    const clients = await dialMany(40, (index) => `198.18.9.${index + 1}`)
    assert.equal(await answered(clients), 30)
    assert.equal((await host.status()).refused, 10)
    hangUp(clients)
  })

  test('so many under TLS', async () => {
    await using host = await hostWith({ secure: 2 })
    const clients = await dialMany(3, (index) => `198.18.9.${index + 1}`)
    for (const client of clients) {
      client.say('tls\n')
      await client.heard(3)
    }
    await sleep(200)
    assert.equal(clients.filter((client) => client.isClosed()).length, 1)
    hangUp(clients)
    assert.equal((await host.status()).faults, 0)
  })

  test('where all are taken, whoever was silent for longest leaves for who comes', async () => {
    await using host = await hostWith({ connections: 16, patience: 300 })
    const clients = await dialMany(16, (index) => `198.18.9.${index + 1}`)
    assert.equal(await answered(clients), 16)
    await sleep(400)
    for (const client of clients.slice(1)) client.say('still here\n')
    await sleep(100)
    const later = await dial(address, 7001, '198.18.9.17')
    assert.equal(await answered([later]), 1)
    const [first, ...others] = clients
    assert.ok(await first?.closed())
    assert.ok(others.every((client) => !client.isClosed()))
    assert.equal((await host.status()).connections, 16)
    const tooSoon = await dial(address, 7001, '198.18.9.18')
    assert.ok(await tooSoon.closed(), 'nobody is silent for so long')
    hangUp([...clients, later])
  })

  test('where all of TLS are taken, whoever was silent for longest leaves for who comes', async () => {
    await using host = await hostWith({ secure: 1, patience: 300 })
    const clients = await dialMany(2, (index) => `198.18.9.${index + 1}`)
    for (const client of clients) {
      client.say('tls\n')
      await client.heard(3)
      await sleep(400)
    }
    const [first, second] = clients
    assert.ok(await first?.closed())
    assert.equal(second?.isClosed(), false)
    hangUp(clients)
    assert.equal((await host.status()).faults, 0)
  })

  for (const [title, limits, ms] of [
    ['silent for too long', { idle: 500 }, 500],
    ['old', { life: 1500 }, 1500],
  ] as const)
    test(`a connection that is ${title} ends`, async () => {
      await using host = await hostWith(limits)
      const client = await dial(address, 7001)
      const start = performance.now()
      while (!client.isClosed() && performance.now() - start < 4000) {
        if (title === 'old') client.say('x\n')
        await sleep(100)
      }
      const lasted = performance.now() - start
      assert.ok(lasted >= ms && lasted < ms + 1500, `${lasted} ms`)
      assert.equal((await host.status()).connections, 0)
    })

  test('a connection takes 1 MB and no more', async () => {
    await using host = await hostWith({})
    const client = await dial(address, 7001)
    for (let part = 0; part < 40 && !client.isClosed(); part++) {
      client.say('a'.repeat(32 << 10))
      await sleep(5)
    }
    assert.ok(await client.closed())
    assert.equal((await host.status()).faults, 0)
  })

  test('a source that needs much time waits, and another one is answered meanwhile', async () => {
    await using host = await hostWith({})
    const greedy = await dialMany(10, () => '198.18.9.1')
    for (const client of greedy) client.say('busy 20\n'.repeat(100))
    await sleep(300)
    const other = await dial(address, 7001, '198.18.9.2')
    const start = performance.now()
    for (let turn = 1; turn <= 20; turn++) {
      other.say('x\n')
      await other.heard(turn * 2, 30_000)
    }
    const ms = performance.now() - start
    // 20,000 ms of work were asked for; what another source may have to wait for is one piece of input of one connection.
    assert.ok(ms < 6000, `${ms} ms`)
    hangUp([...greedy, other])
    void host
  })
})

describe('a late event loop', () => {
  test('nobody new is let in until it has caught up, and who is refused is told of', async () => {
    await using host = await hostWith({ lag: 100 })
    const greedy = await dial(address, 7001, '198.18.9.1')
    greedy.say('busy 500\n')
    await sleep(100)
    const during = await dialMany(10, () => '198.18.9.2')
    await sleep(1000)
    const refused = during.filter((client) => client.isClosed()).length
    const later = await dial(address, 7001, '198.18.9.3')
    assert.equal(await answered([later]), 1)
    assert.ok(refused > 0)
    assert.equal((await host.status()).refused, refused)
    await host.until('contact', ({ session }) => session.source === '198.18.9.2')
    hangUp([greedy, ...during, later])
  })

  test('who connects while the machine has no time for decoys is answered later, and not turned away', async () => {
    await using host = await hostWith({ lag: 100 })
    process.kill(host.pid, 'SIGSTOP')
    const clients = await dialMany(10, () => '198.18.9.2')
    await sleep(500)
    process.kill(host.pid, 'SIGCONT')
    assert.equal(await answered(clients), 10)
    assert.equal((await host.status()).refused, 0)
    hangUp(clients)
  })
})

describe('limits of datagrams', () => {
  /** Bytes and number of answers to so many requests of `size` bytes each. */
  const reflected = async (source: string, requests: number, answer: number) => {
    const peer = await datagramsFrom(source)
    const start = performance.now()
    for (let turn = 0; turn < requests; turn++) peer.send(`bytes ${answer}`, address, 7001)
    await sleep(1500)
    const seconds = (performance.now() - start) / 1000
    peer.close()
    return {
      count: peer.heard.length,
      bytes: peer.heard.reduce((sum, { text }) => sum + text.length, 0),
      seconds,
      sent: requests * `bytes ${answer}`.length,
    }
  }

  test('a source that nothing vouches for gets three times what it sent, and 6000 bytes a second more', async () => {
    await using host = await hostWith({})
    const { bytes, sent, seconds, count } = await reflected('198.18.9.1', 90, 1400)
    assert.ok(bytes <= 3 * sent + 6000 + 6000 * seconds, `${bytes} bytes for ${sent}`)
    assert.ok(count >= 4, `${count} answers`)
    assert.equal((await host.status()).faults, 0)
  })

  test('a source that completed a handshake gets long answers, 20 a second', async () => {
    await using host = await hostWith({})
    const client = await dial(address, 7001, '198.18.9.1')
    const { bytes, count, seconds } = await reflected('198.18.9.1', 90, 1400)
    assert.ok(count >= 20 && count <= 20 + 20 * seconds, `${count} answers in ${seconds} s`)
    assert.equal(bytes, count * 1400)
    hangUp([client])
    void host
  })

  test('a source with more requests than that is answered later, and loses none', async () => {
    await using host = await hostWith({})
    const peer = await datagramsFrom('198.18.9.1')
    for (let turn = 0; turn < 35; turn++) peer.send('hi', address, 7001)
    await peer.until(35)
    assert.equal(peer.heard.length, 35)
    peer.close()
    void host
  })

  test('sources together get so much that they did not pay for', async () => {
    await using host = await hostWith({ unprovenInAll: 10_000 })
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => reflected(`198.18.9.${index + 1}`, 5, 1400)))
    const bytes = all.reduce((sum, one) => sum + one.bytes, 0)
    const sent = all.reduce((sum, one) => sum + one.sent, 0)
    const seconds = Math.max(...all.map((one) => one.seconds))
    assert.ok(bytes <= 3 * sent + 10_000 * (1 + seconds), `${bytes} bytes`)
    assert.ok(bytes > 5000)
    void host
  })

  test('what comes from a decoy is not answered: two of them would never end', async () => {
    await using host = await startHost({ stations: [echoStation('s1', [decoyAt(address), decoyAt('198.18.1.2')])] })
    const peer = await datagramsFrom('198.18.1.2')
    peer.send('hello', address, 7001)
    await sleep(200)
    assert.equal(peer.heard.length, 0)
    peer.close()
    assert.deepEqual(host.of('contact'), [])
  })
})
