import type { OrderReport } from '#schema/control.ts'
import { plain } from './text.ts'
import { clock } from './time.ts'

const isoTime = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g

/** One sentence: what is done, until when, how fast. */
export const orderText = ({ text, expires, ms }: OrderReport, now = Date.now()): string => {
  const until = expires === undefined ? '' : ` until ${clock(expires, now)}`
  const said = plain(text)
    .replace(/[.\s]*$/, '')
    .replaceAll(isoTime, (iso) => clock(iso, now))
  // The edge may name its own end of time; then it is not said twice.
  const sentence = said.includes(' until ') ? said : `${said}${until}`
  return `${sentence[0]?.toUpperCase() ?? ''}${sentence.slice(1)} (${ms.total.toFixed(1)} ms).`
}
