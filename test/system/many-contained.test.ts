/** A flood of strangers is contained: nobody at the edge waits until all of them are looked through. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { listContained } from '#edge/kernel/containment.ts'
import { Nft } from '#linux/nftables.ts'
import { table } from '#policy/nft/names.ts'
import { Cell, policyText, tcpFrame } from './orders/cell.ts'

const strangers = 65_536
const ipOf = (number: number): string => `100.64.${number >> 8}.${number & 255}`
const macOf = (number: number): string =>
  `02:11:00:00:${[number >> 8, number & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`

describe('65,536 contained strangers', () => {
  let cell: Cell
  let nft: Nft
  /** ms that all of them take at once, here and now. */
  let atOnce = 0
  const fill = (seconds: number): void => {
    for (let from = 0; from < strangers; from += 4096) {
      const elements = Array.from({ length: 4096 }, (_, at) => {
        const number = from + at
        return `"cell" . 0 . ${macOf(number)} . ${ipOf(number)} timeout ${seconds}s`
      })
      const filled = nft.run(`add element bridge ${table} strangers4 { ${elements.join(', ')} }`)
      assert.ok(filled.ok, 'the set takes them')
    }
  }
  before(async () => {
    cell = await Cell.start('many', policyText())
    nft = Nft.open({ namespace: cell.world.edge })
    fill(3600)
    const began = performance.now()
    assert.equal(listContained(nft, 'bridge').length, strangers)
    atOnce = performance.now() - began
  })
  after(async () => {
    nft.close()
    await cell.close()
  })

  /** Longest time, in ms, that a small question waits while something else is done. */
  const longestWait = async (work: () => Promise<unknown>): Promise<{ waited: number; took: number }> => {
    let waited = 0
    const over = new AbortController()
    const asking = (async () => {
      while (!over.signal.aborted) {
        const began = performance.now()
        await cell.daemon.call('permits', {})
        waited = Math.max(waited, performance.now() - began)
        await sleep(5)
      }
    })()
    const began = performance.now()
    await work()
    over.abort()
    await asking
    return { waited, took: performance.now() - began }
  }

  it('hold nobody up who asks for something else than the status', async () => {
    const { waited } = await longestWait(() => cell.daemon.call('status', {}))
    assert.ok(waited < atOnce / 3, `${waited.toFixed(0)} ms, all of them at once take ${atOnce.toFixed(0)} ms`)
  })

  it('are counted in the status, and the orders of people are shown first', async () => {
    await cell.daemon.call('contain', { ip: '198.18.1.40', for: '1h', reason: 'x', by: 'test' })
    const { contained, containments } = await cell.status()
    assert.ok(contained !== undefined && contained > strangers, String(contained))
    assert.ok(containments.length < 5000)
    assert.equal(containments[0]?.ip, '198.18.1.40')
    assert.match(await cell.edge('status'), /65,[0-9]{3} more containments/)
  })

  it('leave no room for another one, which is said', async () => {
    const knock = tcpFrame({ from: 'laptop', to: 'plc' }, 22)
    for (let packet = 0; packet < 3; packet++) assert.equal(await cell.passes('laptop', 'plc', knock), false)
    const [event] = await cell.events({ kind: ['set-full'] })
    assert.equal(event?.by, 'kernel')
    assert.ok((event?.count ?? 0) >= 1)
    assert.match(event?.text ?? '', /As many strangers are contained as there is room for/)
    assert.ok((await cell.status()).alarms.some((alarm) => alarm.startsWith('As many strangers')))
  })

  it('are released one by one while others have their turn', async () => {
    const { waited } = await longestWait(async () => {
      await cell.daemon.call('release', { ip: ipOf(40_000), reason: 'x', by: 'test' })
    })
    assert.ok(waited < atOnce / 3, `${waited.toFixed(0)} ms, all of them at once take ${atOnce.toFixed(0)} ms`)
    assert.ok(!listContained(nft, 'bridge').some(({ ip }) => ip === ipOf(40_000)))
  })

  it('are written down, some told one by one and the rest as a sum, while others have their turn', async () => {
    const summed = async () => {
      const sums = await cell.daemon.events({ kind: ['overflow'] })
      return sums.reduce((sum, { details }) => sum + Number(details?.['containment'] ?? 0), 0)
    }
    const earlier = await summed()
    const { waited } = await longestWait(async () => {
      while ((await summed()) < earlier + 500) await sleep(500)
    })
    assert.ok(waited < atOnce / 2, `${waited.toFixed(0)} ms, all of them at once take ${atOnce.toFixed(0)} ms`)
    const told = await cell.daemon.events({ kind: ['containment'], limit: 1000 })
    assert.equal(told.at(-1)?.by, 'kernel')
    const { stored } = (await cell.status()).events
    assert.ok(stored < 1500, `${stored} events`)
  })
})
