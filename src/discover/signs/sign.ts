/** What all signs have in common: their techniques, and how they are put together from conversations and commands. */
import { byText } from '#core/order.ts'
import type { Command, Conversation, Evidence, Rhythm, Sign, SignKind } from '../model.ts'

/** ATT&CK for ICS, by the names it gives them. */
export const technique = {
  remoteSystemDiscovery: 'T0846',
  remoteSystemInformationDiscovery: 'T0888',
  pointAndTagIdentification: 'T0861',
  unauthorizedCommandMessage: 'T1692.001',
  modifyParameter: 'T0836',
  manipulationOfControl: 'T0831',
  changeOperatingMode: 'T0858',
  deviceRestartShutdown: 'T0816',
  programDownload: 'T0843',
  programUpload: 'T0845',
  adversaryInTheMiddle: 'T0830',
  exploitationOfRemoteServices: 'T0866',
  denialOfService: 'T0814',
  validAccounts: 'T0859',
} as const

/** Deviation as a share of the mean up to which something comes regularly: a poll on a loaded network stays well below. */
const steady = 0.5
/** Distances below which a rhythm is chance. */
const fewDistances = 10

export const isRegular = (rhythm: Rhythm | undefined): boolean =>
  rhythm !== undefined &&
  rhythm.count >= fewDistances &&
  rhythm.meanMs > 0 &&
  rhythm.deviationMs <= rhythm.meanMs * steady

export const messagesOf = (commands: readonly Command[]): number => commands.reduce((sum, { count }) => sum + count, 0)

interface Seen {
  readonly first: number
  readonly last: number
  readonly evidence: Evidence
}

/** The parts of a sign that follow from what it is about. */
export const about = (seen: readonly Seen[]): Pick<Sign, 'first' | 'last' | 'evidence'> => {
  const earliest = seen.reduce<Seen | undefined>(
    (best, each) => (best === undefined || each.evidence.at < best.evidence.at ? each : best),
    undefined,
  )
  return {
    first: seen.reduce((best, { first }) => Math.min(best, first), earliest?.first ?? 0),
    last: seen.reduce((best, { last }) => Math.max(best, last), earliest?.last ?? 0),
    evidence: earliest?.evidence ?? { capture: '', packet: 0, at: 0 },
  }
}

/** In the order of the closed list of kinds, then by time, so that the same observations give the same list. */
export const inOrder = (signs: readonly Sign[], kinds: readonly SignKind[]): readonly Sign[] =>
  signs.toSorted(
    (a, b) =>
      kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
      a.first - b.first ||
      a.vlan - b.vlan ||
      byText(a.source, b.source) ||
      byText(a.targets.join(' '), b.targets.join(' ')),
  )

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number.toLocaleString('en')} ${number === 1 ? one : many}`

/** The first few of many, in words. */
export const some = (texts: readonly string[]): string =>
  texts.length <= 3 ? texts.join(', ') : `${texts.slice(0, 3).join(', ')} and ${texts.length - 3} more`

/** `tcp/502`, or the IP protocol where there is no port. */
export const serviceText = ({ transport, port, proto }: Conversation): string =>
  transport === undefined ? `ip/${proto ?? 0}` : `${transport}/${port ?? 0}`
