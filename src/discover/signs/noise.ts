/** Too much, too often, too broken: floods, guessing of passwords, and messages that no client makes. */
import { sortedUnique } from '#core/order.ts'
import type { Conversation, Sign } from '../model.ts'
import { about, count, isRegular, messagesOf, serviceText, technique } from './sign.ts'

/** Faults that say that a message contradicts itself; encryption and other protocols are no attack. */
const broken: readonly string[] = ['cannot-judge', 'malformed', 'too-many', 'too-deep', 'too-long']
/** Broken messages from which on it is no bit that fell over, and their share; a device with a bad habit keeps its rhythm. */
const manyBroken = 10
const brokenShare = 0.05
const brokenShareRegular = 0.5

/** Services that ask for a password before anything else: FTP, SSH, Telnet, rlogin, RDP, VNC and databases (IANA). */
const loginPorts: ReadonlySet<number> = new Set([21, 22, 23, 513, 1433, 3306, 3389, 5432, 5900, 5901])
/** Connections from which on nobody types the passwords. */
const manyLogins = 20
const loginsPerMinute = 6
/** Packets of a connection that ends after a password or two. */
const loginPackets = 40
/** Refusals of a command that logs in. */
const manyRefused = 10
const refusedShare = 0.8
const login = /(^|-)(password|authenticate|activate-session)(-|$)/

/** Packets, and packets in a second, that no cyclic exchange needs: the fastest have a cycle of a millisecond. */
const floodPackets = 20_000
const floodPerSecond = 2000
/** Openings, and openings in a second, of which hardly any was taken up. */
const floodOpenings = 500
const openingsPerSecond = 20
const answeredShare = 0.05

const seconds = ({ first, last }: Conversation) => Math.max(1, (last - first) / 1000)

const sign = (
  conversation: Conversation,
  kind: Sign['kind'],
  techniques: readonly string[],
  text: string,
  confidence: number,
  commands: readonly string[] = [],
): Sign => ({
  kind,
  techniques,
  vlan: conversation.vlan,
  source: conversation.client,
  targets: [conversation.server],
  conversations: commands.length === 0 ? [conversation.id] : [],
  commands,
  text: `${conversation.client} to ${conversation.server}, ${serviceText(conversation)}: ${text}`,
  confidence,
  ...about([conversation]),
})

const malformed = (conversation: Conversation): readonly Sign[] => {
  const { faults, commands } = conversation
  const bad = broken.reduce((sum, why) => sum + (faults[why] ?? 0), 0)
  const all = messagesOf(commands) + bad
  const regular = commands.some(({ rhythm }) => isRegular(rhythm))
  return bad >= manyBroken && bad >= all * (regular ? brokenShareRegular : brokenShare)
    ? [
        sign(
          conversation,
          'malformed',
          [technique.exploitationOfRemoteServices, technique.denialOfService],
          `${count(bad, 'message')} of ${all.toLocaleString('en')} contradict themselves`,
          0.6,
        ),
      ]
    : []
}

const guessing = (conversation: Conversation): readonly Sign[] => {
  const { transport, port = 0, opened, packets, commands } = conversation
  const refused = commands.filter(
    ({ op, refused: no, count: times }) => login.test(op) && no >= manyRefused && no >= times * refusedShare,
  )
  if (refused.length > 0)
    return [
      sign(
        conversation,
        'brute-force',
        [technique.validAccounts],
        `${count(messagesOf(refused), 'attempt')} to log in, nearly all refused`,
        0.8,
        sortedUnique(refused.map(({ id }) => id)),
      ),
    ]
  const isGuessing =
    transport === 'tcp' &&
    loginPorts.has(port) &&
    opened >= manyLogins &&
    opened >= (seconds(conversation) / 60) * loginsPerMinute &&
    packets[0] <= opened * loginPackets
  return isGuessing
    ? [
        sign(
          conversation,
          'brute-force',
          [technique.validAccounts],
          `${count(opened, 'short connection')} to a service that asks for a password`,
          0.8,
        ),
      ]
    : []
}

const flood = (conversation: Conversation): readonly Sign[] => {
  const { packets, opened, accepted, transport } = conversation
  const [there, back] = packets
  const rate = there / seconds(conversation)
  if (there >= floodPackets && rate >= floodPerSecond && back <= there * answeredShare)
    return [
      sign(
        conversation,
        'flood',
        [technique.denialOfService],
        `${count(there, 'packet')}, ${Math.round(rate).toLocaleString('en')} in a second, hardly any answered`,
        0.9,
      ),
    ]
  return transport === 'tcp' &&
    opened >= floodOpenings &&
    opened / seconds(conversation) >= openingsPerSecond &&
    accepted <= opened * answeredShare
    ? [
        sign(
          conversation,
          'flood',
          [technique.denialOfService],
          `${count(opened, 'opening')} of connections, of which ${accepted.toLocaleString('en')} were taken up`,
          0.9,
        ),
      ]
    : []
}

export const noise = (conversations: readonly Conversation[]): readonly Sign[] =>
  conversations
    .filter(({ cast }) => cast === 'unicast')
    .flatMap((conversation) => [...malformed(conversation), ...guessing(conversation), ...flood(conversation)])
