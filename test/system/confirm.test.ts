/** Two people at one edge: whoever confirms says which policy is meant, and is told which it was. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { given } from '../fixtures/given.ts'
import { Cell, policyText } from './orders/cell.ts'

describe('a confirmation', () => {
  let cell: Cell
  const apply = async (port: number, by: string): Promise<string> => {
    const path = `${cell.daemon.state}/${port}.yaml`
    const conduits = `  - { id: extra, from: historian, to: plc, service: tcp/${port}, reason: x, owner: line }`
    writeFileSync(path, policyText({ conduits }))
    return (await cell.daemon.call('apply', { ...given(path), by, confirm: '10m' })).digest
  }
  const isConfirmed = async () => (await cell.status()).plan.confirmed
  before(async () => {
    cell = await Cell.start('confirm', policyText())
  })
  after(() => cell.close())

  it('has nothing to confirm where no policy waits', async () => {
    const { code, stdout, stderr } = await cell.tried('confirm', '--digest', 'a1b2c3d4e5f6')
    assert.deepEqual([code === 0, stdout], [false, ''])
    assert.match(stderr, /No policy waits for confirmation/)
  })

  it('of a policy that another one took the place of is refused, and says which waits and whose it is', async () => {
    const mine = await apply(4001, 'alice')
    const theirs = await apply(4002, 'bob')
    const { code, stderr } = await cell.tried('confirm', '--digest', mine.slice(0, 12))
    assert.equal(code, 7)
    assert.ok(stderr.includes(theirs.slice(0, 12)) && stderr.includes('bob'), stderr)
    assert.equal(await isConfirmed(), false)
  })

  it('that names the policy which waits is taken, and says which it was', async () => {
    const { digest } = (await cell.status()).plan
    const said = await cell.edge('confirm', '--digest', digest.slice(0, 8))
    assert.ok(said.startsWith(`Confirmed: policy ${digest.slice(0, 12)}, applied by bob at `), said)
    assert.equal(await isConfirmed(), true)
  })

  it('that names none says which it was, too', async () => {
    const digest = await apply(4003, 'carol')
    const said = await cell.edge('confirm')
    assert.ok(said.startsWith(`Confirmed: policy ${digest.slice(0, 12)}, applied by carol at `), said)
  })
})
