/** The life cycle as a person at a terminal goes through it. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { WholeDraft } from '#schema/manager-policies.ts'
import { Rollout } from '#schema/manager-rollouts.ts'
import { bulkhead } from './manager/cli.ts'
import { record } from './manager/recorded.ts'
import { digests, type Plant, policyText, startPlant, tells } from './manager/policies.ts'

let plant: Plant
before(async () => {
  plant = await startPlant(['ann', 'eve', 'abe'])
  const { e1 } = await plant.site('plant')
  await record(plant.manager.db, e1!, plant.clock.ms - 3_600_000)
})
after(() => plant.end())

/** @returns exit code and what was printed */
const policy = async (...words: readonly string[]): Promise<readonly [code: number, text: string]> => {
  const { code, out, err } = await bulkhead(['policy', ...words, '--state', plant.started.state])
  return [code, out + err]
}
const good = async (...words: readonly string[]): Promise<string> => {
  const [code, text] = await policy(...words)
  assert.equal(code, 0, text)
  return text
}

it('a draft with errors is kept, and each error told with its line', async () => {
  const file = join(plant.started.state, 'site.yaml')
  writeFileSync(file, policyText('plant').replace('to: plc, service: modbus', 'to: plx, service: modbus'))
  const [code, text] = await policy('draft', 'plant', file, '--title', 'by the socket')
  assert.equal(code, 3)
  assert.match(text, /site\.yaml:16:\d+: error: .*plx/)
  assert.match(text, /nobody can approve it/)
})

it('before anything was published, that is what export says', async () => {
  const [code, text] = await policy('export', 'plant')
  assert.deepEqual([code, text.split('\n')[0]], [1, 'bulkhead: Nothing was published for plant yet.'])
})

it('from the review of a draft to its roll-out, its history and back', async () => {
  const body = { site: 'plant', title: 'enforce the line', text: policyText('plant', { mode: 'enforce' }) }
  const draft = await plant.ask('eve', 'POST', '/v1/drafts', WholeDraft, body)
  const review = await good('review', draft.id)
  for (const part of [
    /enforce the line/,
    /revision 1, by eve; follows no policy/,
    /\+ hmi → plc {2}modbus/,
    /2 of 2 pass/,
    /WOULD NEWLY BE DENIED \(2\)/,
    /e1 +198\.18\.10\.30 +198\.18\.11\.10 +tcp\/102 +480/,
    /COUNTED IN SHADOW\n.*\nline +enforce +14 +7 +2/,
    /edges that are connected: e1, e2, e3/,
    /approvals: 0 of 1/,
    /It cannot be published yet/,
  ])
    assert.match(review, part)
  assert.match(await good('approve', draft.id, '--seen', '1'), /approved/)
  const published = await good('publish', draft.id, '--seen', '1', '--stage', 'e2:0', '--stage', 'e1,e3', '--json')
  const rollout = Rollout.parse(JSON.parse(published))
  assert.deepEqual(rollout.stages, [
    { edges: ['e2'], soak: 0 },
    { edges: ['e1', 'e3'], soak: 300 },
  ])
  const { e2 } = await plant.edges('plant')
  await tells(plant, e2!, 1, 'pending')
  await digests(plant, e2!, 1)
  await plant.look()
  await tells(plant, e2!, 1, 'confirmed')
  const [code, stopped] = await policy('rollout', rollout.id, '--stop', 'line 2 stands still')
  assert.equal(code, 1)
  assert.match(
    stopped,
    /plant revision 1: stopped\n.*\nlocal administrator: line 2 stands still\n\nEDGE.*\ne2 +1 +confirmed/,
  )
  const rule = await good('history', 'plant', '--rule', 'run')
  assert.match(rule, /written by eve, approved by local administrator, published by local administrator/)
  assert.match(rule, /e2: revision 1 since .*, in this form/)
  assert.equal(await good('export', 'plant', '1'), body.text)
  const [none, why] = await policy('rollback', 'plant', '--reason', 'x')
  assert.equal(none, 7)
  assert.match(why, /no earlier policy/)
})
