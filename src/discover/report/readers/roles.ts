/** What the pages for single readers are made from: who steers, who is steered, what is left to decide. */
import { isField, isUnlisted } from '../../assess/view.ts'
import type { Command, Conversation, Device } from '../../model.ts'
import type { Context } from '../input.ts'

export interface Asked {
  readonly conversation: Conversation
  readonly client: Device | undefined
  readonly server: Device | undefined
}

export const asked = (context: Context): readonly Asked[] =>
  context.observed.conversations
    .filter(({ cast, id }) => cast === 'unicast' && !context.suspicious.has(id))
    .map((conversation) => ({
      conversation,
      client: context.deviceAt(conversation.vlan, conversation.client),
      server: context.deviceAt(conversation.vlan, conversation.server),
    }))

export const controllersOf = ({ inventory }: Context): readonly Device[] =>
  inventory.devices.filter((device) => isField(device) && !device.silent)

const steering: ReadonlySet<string> = new Set(['write', 'control'])

export const steers = ({ risk, from }: Command): boolean => from === 'client' && steering.has(risk)
export const programs = (command: Command): boolean =>
  command.from === 'client' && command.risk === 'program' && !isUnlisted(command)
