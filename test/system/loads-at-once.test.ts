/** Two processes that load rules at the same time: the deadline's, and a daemon that is slow. What is enforced is one plan, whole. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadGeneration, running } from '#edge/kernel/generations.ts'
import { chainsOf } from '#linux/nft-objects.ts'
import { Nft } from '#linux/nftables.ts'
import { table } from '#policy/nft/names.ts'
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

test('what cannot be taken away, or fails after the flip, is told and refuses nothing', async () => {
  const nft = Nft.open()
  try {
    const old = await loadGeneration(planWith(1001), new Map())
    const held = chainsOf('bridge', table).find((name) => name.startsWith(`g${old.generation}_`)) ?? ''
    assert.ok(nft.run(`add chain bridge ${table} foreign\nadd rule bridge ${table} foreign jump ${held}`).ok)
    const fail = () => assert.fail('a setting cannot be written')
    for (const port of [1002, 1003]) {
      const plan = planWith(port)
      const { left } = await loadGeneration(plan, new Map(), undefined, { after: fail })
      assert.equal(running()?.digest, plan.digest)
      assert.deepEqual(
        left.filter((one) => /busy/.test(one)).length > 0 && left.some((one) => /setting/.test(one)),
        true,
        left.join('\n'),
      )
    }
    assert.ok(nft.run(`flush chain bridge ${table} foreign\ndelete chain bridge ${table} foreign`).ok)
    const last = await loadGeneration(planWith(1004), new Map())
    assert.deepEqual(last.left, [])
    const others = chainsOf('bridge', table).filter(
      (name) => /^g\d/.test(name) && !name.startsWith(`g${last.generation}_`),
    )
    assert.deepEqual(others, [])
  } finally {
    nft.close()
  }
})
