/**
 * Sets of conversations as boxes: sources × targets × flows × commands. Subtracting boxes gives exactly what one policy
 * permits and another does not, without listing addresses.
 */
import { clip, overlap, within, type Spans } from '../check/span.ts'

/** Commands by name, `name {constraints}`, or {@link anything}. */
export type Tokens = ReadonlySet<string>

export interface Box {
  readonly sources: Spans
  readonly targets: Spans
  /** Protocol and port on one line: see flow-spans.ts. */
  readonly flows: Spans
  readonly tokens: Tokens
}

export const minus = (a: Spans, b: Spans): Spans => {
  const out: { first: bigint; last: bigint }[] = []
  let j = 0
  for (const span of a) {
    let { first } = span
    while (j < b.length && b[j]!.last < first) j++
    for (let k = j; k < b.length && b[k]!.first <= span.last; k++) {
      if (b[k]!.first > first) out.push({ first, last: b[k]!.first - 1n })
      first = b[k]!.last + 1n
    }
    if (first <= span.last) out.push({ first, last: span.last })
  }
  return out
}

/** Stands for everything in a service, beyond the commands that have names. */
export const anything = '*'

/** A command narrowed by constraints is within the same command without them. */
const holds = (tokens: Tokens, token: string) =>
  tokens.has(anything) || tokens.has(token) || (token.includes(' ') && tokens.has(token.slice(0, token.indexOf(' '))))
const tokensMinus = (a: Tokens, b: Tokens): Tokens => new Set([...a].filter((token) => !holds(b, token)))
const tokensClip = (a: Tokens, b: Tokens): Tokens => new Set([...a].filter((token) => holds(b, token)))

export const isEmpty = ({ sources, targets, flows, tokens }: Box) =>
  sources.length === 0 || targets.length === 0 || flows.length === 0 || tokens.size === 0

export const meets = (a: Box, b: Box) =>
  overlap(a.flows, b.flows) && overlap(a.targets, b.targets) && overlap(a.sources, b.sources)

/** What is left of a box without another: at most one box per dimension. */
export const subtract = (box: Box, other: Box): readonly Box[] => {
  if (!meets(box, other)) return [box]
  const shared = tokensClip(box.tokens, other.tokens)
  if (shared.size === 0) return [box]
  const sources = within(box.sources, other.sources) ? box.sources : clip(box.sources, other.sources)
  const targets = within(box.targets, other.targets) ? box.targets : clip(box.targets, other.targets)
  const flows = clip(box.flows, other.flows)
  return [
    { ...box, sources: minus(box.sources, other.sources) },
    { ...box, sources, targets: minus(box.targets, other.targets) },
    { sources, targets, flows: minus(box.flows, other.flows), tokens: box.tokens },
    { sources, targets, flows, tokens: tokensMinus(box.tokens, other.tokens) },
  ].filter((part) => !isEmpty(part))
}
