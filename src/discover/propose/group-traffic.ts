/** Broadcast, multicast and layer-2 rows: what is not between two addresses. */
import { broadcastServices } from '#protocols/index.ts'
import { parseService } from '#policy/service.ts'
import type { Conversation, Device } from '../model.ts'
import type { Kept, Selection } from './kept.ts'
import type { Excluded } from './proposal.ts'
import { etherTypeName } from './services.ts'
import { isInfrastructure, isIp } from './wire-type.ts'
import { conduitEvidence } from './words.ts'

export interface Row {
  readonly zones: readonly string[]
  readonly name: string
  readonly comment: string
}

export interface GroupTraffic {
  readonly broadcast: readonly Row[]
  readonly layer2: readonly Row[]
  readonly excluded: readonly Excluded[]
}

const broadcastName = ({ transport, port }: Conversation): string | undefined =>
  Object.values(broadcastServices).find(
    ({ match }) => 'port' in match && match.transport === transport && match.port === port,
  )?.id

const rowsOf = (
  found: readonly { zones: readonly string[]; name: string; conversation: Conversation }[],
): readonly Row[] =>
  [...Map.groupBy(found, ({ zones, name }) => `${zones.join(' ')} ${name}`)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, list]) => {
      const [first] = list
      return first === undefined
        ? []
        : [
            {
              zones: first.zones,
              name: first.name,
              comment: conduitEvidence(
                list.map(({ conversation }) => conversation),
                [],
              ),
            },
          ]
    })

/**
 * Rows for what was sent to groups, and for unicast frames without IP of which an end is no asset with an Ethernet address.
 * @param covered what a conduit's own multicast permits
 */
export const groupTrafficOf = (
  group: Selection['group'],
  frames: readonly Kept[],
  zoneOf: (device: Device) => string | undefined,
  covered: (conversation: Conversation, client: Device) => boolean,
): GroupTraffic => {
  const broadcast: { zones: readonly string[]; name: string; conversation: Conversation }[] = []
  const layer2: typeof broadcast = []
  const excluded: Excluded[] = []
  for (const { conversation, client } of group) {
    const zone = zoneOf(client)
    if (zone === undefined || isInfrastructure(conversation) || covered(conversation, client)) continue
    if (!isIp(conversation)) {
      const name = etherTypeName(conversation.etherType)
      if ((parseService(name, {})?.etherTypes ?? []).length > 0) layer2.push({ zones: [zone], name, conversation })
      else
        excluded.push({
          why: 'not-expressible',
          text: `${conversation.client} to group ${conversation.server}: frames without an EtherType; they stay on their side once enforced`,
          conversations: [conversation.id],
          commands: [],
        })
      continue
    }
    const name = broadcastName(conversation)
    if (name !== undefined) broadcast.push({ zones: [zone], name, conversation })
    else
      excluded.push({
        why: 'not-expressible',
        text: `${conversation.client} to group ${conversation.server}, ${conversation.transport ?? `ip/${conversation.proto ?? 0}`}/${conversation.port ?? 0}: no broadcast service of a policy is this; it stays on its side once enforced`,
        conversations: [conversation.id],
        commands: [],
      })
  }
  for (const { conversation, client, server } of frames) {
    const zones = [...new Set([client, server].flatMap((device) => zoneOf(device) ?? []))].toSorted()
    if (zones.length > 0) layer2.push({ zones, name: etherTypeName(conversation.etherType), conversation })
  }
  return { broadcast: rowsOf(broadcast), layer2: rowsOf(layer2), excluded }
}
