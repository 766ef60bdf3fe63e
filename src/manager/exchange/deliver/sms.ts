/** Short messages through a gateway that takes JSON by HTTPS POST, in the form that its template has. */
import { ask, reasonOf } from '../https.ts'
import { short } from './digest.ts'
import { failed, type Opening, outcomeOf } from './outlet.ts'

/** Fills the strings of a JSON document, so that no text can break out of its string. */
export const fill = (template: unknown, values: Readonly<Record<string, string>>): unknown => {
  if (typeof template === 'string') return template.replaceAll(/\{(\w+)\}/g, (all, name: string) => values[name] ?? all)
  if (Array.isArray(template)) return template.map((one) => fill(one, values))
  if (typeof template !== 'object' || template === null) return template
  return Object.fromEntries(Object.entries(template).map(([key, one]) => [key, fill(one, values)]))
}

export const sms: Opening<'sms'> = (target, { secrets, ownPorts }) => ({
  batch: 50,
  gatherMs: target.gather * 1000,
  close: () => undefined,
  deliver: async (events, totals) => {
    const text = short(events, totals)
    const template: unknown = JSON.parse(target.template)
    const answers = await Promise.all(
      target.to.map((to) => {
        const body = JSON.stringify(fill(template, { to, text }))
        const headers = {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          ...(secrets.authorization !== undefined && { authorization: secrets.authorization }),
        }
        const asked = { url: target.url, headers, body, ca: target.ca, ownPorts, mostBytes: 65_536 } as const
        return ask({ method: 'POST', ...asked }).then(
          ({ status }) => outcomeOf(status),
          (error: unknown) => failed(reasonOf(error)),
        )
      }),
    )
    // Once one was taken the others are not tried again: nobody wants the same message twice at night.
    return answers.find(({ ok }) => ok) ?? answers[0] ?? { ok: true }
  },
})
