/** What each edge will deny under a text, by what was recorded: more than that is harm. */
import { parsePolicy } from '#policy/parse.ts'
import type { Manager } from '../context.ts'
import { recordedAt } from './recorded.ts'
import { simulate } from './simulate.ts'

/** Packets an hour, by edge. */
export type Expected = Readonly<Record<string, number>>

/** What is wrong with the text is said elsewhere. */
export const expectedBy = async (
  manager: Manager,
  { site, text }: { readonly site: string; readonly text: string },
): Promise<Expected> => {
  const { site: policy } = parsePolicy(text, site)
  if (policy === undefined) return {}
  const { flows, left } = await recordedAt(manager.db, site, manager.now())
  return (await simulate(flows, left, policy, undefined)).expected
}
