/** Roll-outs as tests play them: edges are fed as the link and the events would feed them. */
import assert from 'node:assert/strict'
import type { EdgeRef, IngestedEvent } from '#manager/events/reaction.ts'
import { policyReaction } from '#manager/policies/reaction.ts'
import type { Event } from '#schema/event.ts'
import { Revisions } from '#schema/manager-revisions.ts'
import type { Rollout } from '#schema/manager-rollouts.ts'
import { digests, type Plant, policyText, second, tells } from './policies.ts'

const plan = { soak: 60, grace: 30, patience: 100, stages: [{ edges: ['e1'] }, { edges: ['e2', 'e3'] }] }
export const together = { soak: 0, stages: [{ edges: ['e1', 'e2', 'e3'] }] }

let sites = 0
/** A site of its own, with the edges e1, e2 and e3. */
export const newScene = async (plant: Plant) => {
  const site = `s${sites++}`
  const edges = await plant.site(site)
  const [e1, e2, e3] = [edges['e1']!, edges['e2']!, edges['e3']!]
  const wait = (seconds: number): void => void (plant.clock.ms += seconds * second)
  let serial = 0
  const begin = (more: object = {}, text = policyText(site)): Promise<Rollout> =>
    plant.publish(site, text, { ...plan, ...more })
  return {
    site,
    e1,
    e2,
    e3,
    all: [e1, e2, e3],
    wait,
    begin,
    /** An edge applies a revision, is alive through its soak, and learns that it is confirmed. */
    lives: async (edge: EdgeRef, revision: number): Promise<void> => {
      await tells(plant, edge, revision, 'pending')
      wait(60)
      await digests(plant, edge, revision)
      await plant.look()
      await tells(plant, edge, revision, 'confirmed')
    },
    /** A first policy that every edge has. */
    settled: async (): Promise<Rollout> => {
      const rollout = await begin(together)
      for (const edge of [e1, e2, e3]) {
        await tells(plant, edge, rollout.revision, 'pending')
        await tells(plant, edge, rollout.revision, 'confirmed')
      }
      assert.equal((await plant.rollout(rollout.id)).state, 'done')
      return rollout
    },
    /** Number of each revision, and of the one that it brought back; the newest first. */
    revisions: async (): Promise<readonly (readonly [number, number | null])[]> =>
      (await plant.ask('ann', 'GET', `/v1/policies/${site}/revisions`, Revisions)).revisions.map(
        ({ revision, restores }) => [revision, restores],
      ),
    event: (edge: EdgeRef, kind: Event['kind'], more: Partial<Event> = {}): IngestedEvent => {
      const time = new Date(plant.clock.ms).toISOString()
      serial++
      const id = `01KAJ4A7${String(serial).padStart(18, '0')}`
      return {
        edge,
        id: serial,
        received: plant.clock.ms,
        event: {
          id,
          time,
          class: 'P1',
          kind,
          site,
          edge: edge.edge,
          count: 1,
          first: time,
          last: time,
          text: kind,
          ...more,
        },
      }
    },
    react: (...events: readonly IngestedEvent[]) => policyReaction.react(plant.manager, events),
  }
}
export type Scene = Awaited<ReturnType<typeof newScene>>
