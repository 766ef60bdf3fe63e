/** What a policy names and nothing is proposed of: never seen, or seen and left out. */
import type { Site } from '#schema/site.ts'
import type { Conversation, Inventory, Observed } from '../../model.ts'
import type { Gathered } from '../gather.ts'
import type { Excluded } from '../proposal.ts'
import { servedOf } from '../services.ts'
import type { Coverage } from './coverage.ts'

export interface Unmet {
  /** Conduits that nothing was seen of. */
  readonly unused: readonly string[]
  /** Assets that were not heard. */
  readonly unheard: readonly string[]
  /** Conduits of which something was seen and all of it was left out, and why. */
  readonly leftOut: readonly { readonly conduit: string; readonly why: string }[]
  /** Assets that were heard, with nothing that is proposed. */
  readonly onlyExcluded: readonly string[]
}

const oneSided = 'seen on one side of the edge, which does not see it'

/** Why a conversation is in no proposal; undefined where it is. */
const reasons = (
  { aside }: Pick<Gathered, 'aside'>,
  excluded: readonly Excluded[],
): ((conversation: Conversation) => string | undefined) => {
  const conversations = new Map<string, string>(aside.map((id) => [id, oneSided]))
  const commands = new Map<string, string>()
  for (const { sign, text, conversations: ids, commands: single } of excluded) {
    const why = sign === undefined ? text : `${sign}: ${text}`
    for (const id of ids) conversations.set(id, why)
    for (const id of single) commands.set(id, why)
  }
  return ({ id, commands: own }) =>
    conversations.get(id) ?? commands.get(own.find((command) => commands.has(command.id))?.id ?? '')
}

/** @param inUse conduits that cover something that is proposed, or would be if they did not */
export const unmetIn = (
  site: Site,
  coverage: Coverage,
  observed: Observed,
  known: Inventory,
  found: Gathered,
  excluded: readonly Excluded[],
  inUse: ReadonlySet<string>,
): Unmet => {
  const whyOf = reasons(found, excluded)
  const leftOut = new Map<string, string>()
  for (const conversation of observed.conversations) {
    const why = conversation.cast === 'unicast' ? whyOf(conversation) : undefined
    const [client, server] = [conversation.client, conversation.server].map((end) => known.at(conversation.vlan, end))
    if (why === undefined || client === undefined || server === undefined) continue
    const { commands } = conversation
    const served = servedOf({ conversation, client, server, commands, engineering: [], whole: true })
    if (served === undefined) continue
    for (const { conduit } of coverage.of(client, server, served.service))
      if (!inUse.has(conduit.id) && !leftOut.has(conduit.id)) leftOut.set(conduit.id, why)
  }
  const ids = site.conduits.map(({ id }) => id).filter((id) => !inUse.has(id))
  const members = new Set(found.seats.keys().map(({ id }) => id))
  const heard = new Set(known.devices.filter(({ silent }) => !silent).map(({ id }) => id))
  const others = Object.keys(site.assets).filter((name) => !members.has(name))
  return {
    unused: ids.filter((id) => !leftOut.has(id)),
    unheard: others.filter((name) => !heard.has(name)),
    leftOut: ids.flatMap((conduit) => {
      const why = leftOut.get(conduit)
      return why === undefined ? [] : [{ conduit, why }]
    }),
    onlyExcluded: others.filter((name) => heard.has(name)),
  }
}
