/** Carrying out what the state machine decides: rows, audit, hints. Whoever hears something may call; they take their turn at the row. */
import type { Manager } from '../../context.ts'
import type { Tx, Write } from '../../audit/trail.ts'
import { edgesOf } from '../edges.ts'
import { nothingToDo, unlessNothing } from '../nothing.ts'
import { type EdgeState, type Happening, isHeld, type RolloutMachine, step } from './machine.ts'
import { isSame, type LoadedRollout, loadRollout, moved, saveRollout } from './store.ts'

const described = (edges: readonly EdgeState[]): string =>
  edges
    .map(({ name, phase }) => `${name} ${phase}`)
    .join(', ')
    .slice(0, 300)

const actionOf = (before: RolloutMachine, after: RolloutMachine): string =>
  before.state !== after.state ? `policy.rollout.${after.state}` : 'policy.rollout.step'

/** What was confirmed under a revision that does harm has to go back. */
const restoreAfter = ({ row, plan, machine }: LoadedRollout, after: RolloutMachine) =>
  machine.state === 'running' &&
  after.state === 'stopped' &&
  plan.rollback === 'automatic' &&
  [...machine.edges, ...after.edges].some(isHeld)
    ? 'due'
    : row.restore

/** Which edges have to look for something new. */
const dueAt = async (manager: Manager, { row, machine }: LoadedRollout, after: RolloutMachine) => {
  // Whoever joined meanwhile gets the revision when it is known to be good.
  if (machine.state !== after.state && after.state === 'done')
    return (await edgesOf(manager.db, row.site)).map(({ name }) => name)
  return moved(machine, after)
    .filter(({ phase }) => phase === 'offered' || phase === 'confirming')
    .map(({ name }) => name)
}

export const hint = (manager: Manager, site: string, edges: readonly string[], rollout: string): void => {
  if (edges.length > 0) manager.bus.publish('policy', { edges: edges.map((edge) => ({ site, edge })) })
  manager.bus.publish('changed', { kind: 'rollouts', id: rollout })
}

export type Heard = (loaded: LoadedRollout) => Happening

interface Stepped {
  readonly loaded: LoadedRollout
  readonly after: RolloutMachine
}

/**
 * Lets something happen to a roll-out within a transaction.
 * @param heard from the rows, once they are held
 * @returns undefined when there is none; `loaded.machine` and `after` are the same where nothing changed, and nothing was written
 */
export const stepWithin = async (
  tx: Tx,
  write: Write,
  { now: clock }: Pick<Manager, 'now'>,
  id: string,
  heard: Heard,
  actor = 'manager',
): Promise<Stepped | undefined> => {
  const loaded = await loadRollout(tx, id, true)
  if (loaded === undefined) return undefined
  const { row, machine } = loaded
  const now = clock()
  const after = step(machine, heard(loaded), now)
  if (isSame(machine, after)) return { loaded, after: machine }
  await saveRollout(tx, loaded, after, restoreAfter(loaded, after), now)
  const edges = moved(machine, after)
  await write({
    actor,
    action: actionOf(machine, after),
    object: `policy ${row.site} revision ${row.revision}: ${described(edges) || after.state}`,
    before: { state: machine.state, stage: machine.stage },
    after: {
      state: after.state,
      stage: after.stage,
      why: after.why ?? null,
      edges: edges.map(({ name, phase, harm }) => ({ name, phase, harm: harm ?? null })),
    },
  })
  return { loaded, after }
}

/** After the transaction. */
export const tellStep = async (manager: Manager, { loaded, after }: Stepped): Promise<void> =>
  hint(manager, loaded.row.site, await dueAt(manager, loaded, after), loaded.row.id)

/** Lets something happen to a roll-out. @returns what it is then; undefined when there is none */
export const stepRollout = async (
  manager: Manager,
  id: string,
  heard: Heard,
  actor = 'manager',
): Promise<RolloutMachine | undefined> => {
  let result: RolloutMachine | undefined
  const changed = await unlessNothing(
    manager.trail.change(async (tx, write) => {
      const stepped = (await stepWithin(tx, write, manager, id, heard, actor)) ?? nothingToDo()
      result = stepped.after
      return stepped.loaded.machine === stepped.after ? nothingToDo() : stepped
    }),
  )
  if (changed !== undefined) await tellStep(manager, changed)
  return result
}
