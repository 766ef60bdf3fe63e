import type { ApplyReport, OrderReport } from '#schema/control.ts'
import { plural, type Output, type Style } from '../output.ts'
import { legible } from '#core/legible.ts'
import { clock, left } from './time.ts'

/** Lines of one list; the rest is in --json. */
const shown = 40

const list = (output: Output, title: string, sign: string, style: Style, rows: readonly string[]): string[] => {
  if (rows.length === 0) return []
  const more = rows.length > shown ? [`  … and ${rows.length - shown} more: --json`] : []
  const lines = rows.slice(0, shown).map((row) => output.paint(style, `  ${sign} ${legible(row)}`))
  return [[output.paint('bold', `${title} (${rows.length})`), ...lines, ...more].join('\n')]
}

/** What another policy changes: what stops working comes first. `modes` is the title of what else is changed. */
export const changesText = (report: ApplyReport, output: Output, title = 'Modes'): string => {
  const { permitted, denied, modes, other = [], warnings } = report
  const lists = [
    ...list(output, 'Newly denied', '-', 'red', denied),
    ...list(output, 'Newly permitted', '+', 'green', permitted),
    ...list(output, title, '~', 'cyan', modes),
    ...list(output, 'Also changed', '~', 'cyan', other),
    ...list(output, 'Warnings', '!', 'yellow', warnings),
  ]
  return lists.length === 0 ? 'No conversation is newly permitted or denied.' : lists.join('\n')
}

/** What was loaded, how to keep it, and what happens otherwise. */
export const appliedText = (report: ApplyReport, now = Date.now()): string => {
  const { digest, generation, ms, deadline } = report
  const which = generation === undefined ? '' : ` as generation ${generation}`
  const time = ms === undefined ? '' : ` after ${ms.toFixed(0)} ms`
  const enforced = `Policy ${digest.slice(0, 12)} is enforced${which}${time}.`
  if (deadline === undefined) return enforced
  return [
    enforced,
    `Keep it:     bulkhead edge confirm     within ${left(deadline, now)}`,
    `Go back:     bulkhead edge rollback    now, or by itself at ${clock(deadline, now)} with the daemon dead too`,
  ].join('\n')
}

export const summary = ({ permitted, denied }: ApplyReport): string =>
  `${plural(denied.length, 'conversation')} newly denied, ${permitted.length} newly permitted.`

const isoTime = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g

/** One sentence: what is done, until when, how fast. */
export const orderText = ({ text, expires, ms }: OrderReport, now = Date.now()): string => {
  const until = expires === undefined ? '' : ` until ${clock(expires, now)}`
  const said = legible(text)
    .replace(/[.\s]*$/, '')
    .replaceAll(isoTime, (iso) => clock(iso, now))
  // The edge may name its own end of time; then it is not said twice.
  const sentence = said.includes(' until ') ? said : `${said}${until}`
  return `${sentence[0]?.toUpperCase() ?? ''}${sentence.slice(1)} (${ms.total.toFixed(1)} ms).`
}
