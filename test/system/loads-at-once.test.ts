/** Two processes that load rules at the same time: the deadline's, and a daemon that is slow. What is enforced is one plan, whole. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadGeneration, running } from '#edge/kernel/generations.ts'
import { Nft } from '#linux/nftables.ts'
import { ruleset } from '#policy/nft/ruleset.ts'
import { planWith } from './one-conduit.ts'

test('a load that another one overtakes is refused, and nothing of it is enforced', async () => {
  const nft = Nft.open()
  try {
    await loadGeneration(planWith(1001), new Map())
    const slow = ruleset(planWith(1002), { generation: 2 })
    const [early, late] = [slow.prepare.slice(0, 3), slow.prepare.slice(3)]
    for (const text of early) assert.ok(nft.run(text).ok)
    const fast = planWith(1003)
    await loadGeneration(fast, new Map())
    assert.ok([...late, slow.flip].some((text) => !nft.run(text).ok))
    assert.equal(running()?.digest, fast.digest)
    const rules = nft.run('list ruleset', { numeric: true })
    assert.ok(rules.ok)
    assert.deepEqual(
      ['1001', '1002', '1003'].filter((port) => new RegExp(`\\. ${port} `).test(rules.value)),
      ['1003'],
    )
  } finally {
    nft.close()
  }
})
