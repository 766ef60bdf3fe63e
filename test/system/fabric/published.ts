/** What must hold of an edge and of the policies of its site once everything has settled. */
import assert from 'node:assert/strict'
import type { RevisionView } from '#schema/manager-revisions.ts'
import { tcpFrame } from '../orders/cell.ts'
import type { Desk } from './desk.ts'
import type { Plant } from './plant.ts'

/** Each publication that was answered is in the history once. @returns the newest that was not stopped */
export const checkHistory = async (desk: Desk): Promise<RevisionView | undefined> => {
  const { revision } = await desk.where()
  const history = await desk.history()
  assert.equal(new Set(history.map((one) => one.revision)).size, history.length)
  for (const told of desk.told) {
    const same = history.filter((one) =>
      told.back ? one.revision === told.revision : one.title === told.title && one.restores === null,
    )
    assert.deepEqual(
      same.map((one) => [one.revision, one.restores !== null]),
      [[told.revision, told.back]],
      told.title,
    )
    assert.ok(told.revision <= revision || same.some(({ rollout }) => rollout?.state === 'stopped'), told.title)
  }
  // Nothing is stopped but for what may happen here.
  for (const { rollout, revision: number } of history)
    if (rollout?.state !== 'done')
      assert.match(rollout?.why ?? '', /: it rolled back: |: it was not heard from |: a bad day$/, `${number}`)
  // Of the first one that was published, nothing is in force when that was stopped.
  const newest = history.find((one) => one.revision === revision)
  assert.ok(revision === 0 || newest?.rollout?.state === 'done')
  return newest
}

/** The edge says that it keeps a revision, and its kernel does. */
export const checkEnforced = async (
  plant: Plant,
  desk: Desk,
  { revision, digest, title }: RevisionView,
): Promise<void> => {
  const { policy } = await plant.detail()
  assert.deepEqual([policy?.revision, policy?.digest, policy?.state], [revision, digest, 'confirmed'])
  assert.equal((await plant.cell.status()).plan.confirmed, true)
  const port = desk.port(title)
  for (const [number, passes] of [
    [port, true],
    [port + 1, false],
    [port - 1, false],
  ] as const) {
    const frame = tcpFrame({ from: 'historian', to: 'plc' }, number)
    assert.equal(await plant.cell.passes('historian', 'plc', frame), passes, `tcp/${number}`)
  }
}

/** What is not as it should be yet, in sentences. */
export const problemsOf = async (plant: Plant, desk: Desk): Promise<string[]> => {
  const found = await plant.detail()
  const { policy, streams: all, connected, enforced, desired } = found
  const { revision, rollout, edges } = await desk.where()
  return [
    ...(connected === null ? ['not connected'] : []),
    ...(policy?.intact === true ? [] : ['its rules are not what its plan says']),
    ...(rollout === null ? [] : [`its newest policy is being rolled out: ${JSON.stringify(edges)}`]),
    ...((revision === 0 ? policy?.state === 'local' : policy?.revision === revision && policy.state === 'confirmed')
      ? []
      : [`policy ${revision} is in force, and it enforces ${JSON.stringify(policy)}`]),
    ...(enforced === desired ? [] : [`${enforced} of ${desired} are enforced`]),
    ...all.flatMap(({ stream, revision: at, newest, matches }) =>
      matches && at === newest ? [] : [`${stream} is at ${at} of ${newest}, ${matches ? '' : 'and differs'}`],
    ),
    ...((await plant.waiting()) === 0 ? [] : ['events wait']),
  ].map((what) => `${plant.site}: ${what}`)
}
