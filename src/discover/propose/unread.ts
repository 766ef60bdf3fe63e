/** Commands that were on the wire and not in what was read: recorded cut short, or not read at all. */
import type { Conversation, Observed } from '../model.ts'
import { cutShort } from '../observe/recording.ts'
import type { Block } from './grouping.ts'
import { protocolAt } from './services.ts'
import { count } from './words.ts'

/** Packets of which the recording left out the end. */
export const cutIn = (conversations: readonly Conversation[]): number =>
  conversations.reduce((sum, { faults }) => sum + (faults[cutShort] ?? 0), 0)

const hasCommands = ({ protocol, transport, port }: Conversation): boolean =>
  protocol !== undefined || protocolAt(`${transport ?? ''}/${port ?? ''}`) !== undefined

/** Sentences for whoever reads a proposal. */
export const unreadIn = ({ conversations }: Observed, blocks: readonly Block[]): readonly string[] => {
  const cut = cutIn(conversations.filter(hasCommands))
  const open = blocks.filter(({ protocol, service }) => protocol === undefined && protocolAt(service) !== undefined)
  const names = [...new Set(open.flatMap(({ service }) => protocolAt(service) ?? []))].toSorted().join(', ')
  return [
    ...(cut === 0
      ? []
      : [
          `${count(cut, 'packet')} recorded cut short: what they asked for is not in the proposal. Record whole packets (\`tcpdump -s 0\`), and discover into another folder.`,
        ]),
    ...(open.length === 0
      ? []
      : [
          `Every command is permitted by ${count(open.length, 'conduit')}, since none could be judged (${names}): headers alone were read, or it was cut short, encrypted or something else.`,
        ]),
  ]
}
