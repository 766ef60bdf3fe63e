/** The pages of a device: small, of one piece, every text of it escaped. */
import type { TalkContext } from '#core/personality.ts'
import { filled } from '../placeholders.ts'
import type { HttpProfile } from './profile.ts'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (one) => entities[one] ?? one)

/** Moving values, one for each row of the profile's process. */
export const values = ({ process, now }: TalkContext, rows: HttpProfile['process'] = []): readonly string[] =>
  rows.map(({ point, max }) => {
    const value = (process.analog(point, now()) / 100) * max
    return value.toFixed(max < 10 ? 2 : max < 1000 ? 1 : 0)
  })

const style = (accent: string): string =>
  `body{font:14px Arial,Helvetica,sans-serif;margin:0;background:#f2f2f2;color:#222}h1{font-size:18px;margin:0;padding:10px 16px;background:${accent};color:#fff}table,form{margin:16px;background:#fff;border:1px solid #ccc;border-collapse:collapse}td,th{padding:4px 10px;border-bottom:1px solid #ddd;text-align:left}form{padding:10px;width:260px}input{margin:3px 0 8px;width:240px}.e{margin:16px;color:#b00000}`

const form = ({ login }: HttpProfile): string => {
  if (login.kind !== 'form') return ''
  const [action, user, password] = [login.action, login.user, login.password].map(escaped)
  // A device that knows one user alone asks for its password alone.
  const name = user === '' ? '' : `User name<br><input name="${user}" autocomplete="off"><br>`
  return `<form method="post" action="${action}">${name}Password<br><input type="password" name="${password}"><br><input type="submit" value="Login"></form>`
}

const script = (path: string): string =>
  `<script>setInterval(function(){var r=new XMLHttpRequest();r.onload=function(){var v=JSON.parse(r.responseText).values;for(var i=0;i<v.length;i++)document.getElementById("v"+i).textContent=v[i]};r.open("GET",${JSON.stringify(path).replaceAll('<', '\\u003c')});r.send()},5000)</script>`

export const valuesPath = (profile: HttpProfile): string => profile.values ?? '/values.json'
export const firstAsking = (profile: HttpProfile): string => profile.asks?.[0] ?? '/setup'

/** @param refused a login was refused just now */
export const firstPage = (context: TalkContext, profile: HttpProfile, refused: boolean): string => {
  const say = (text: string): string => escaped(filled(text, context.identity, context.persona))
  const facts = Object.entries(profile.facts).map(
    ([label, text]) => `<tr><th>${say(label)}</th><td>${say(text)}</td></tr>`,
  )
  const moving = values(context, profile.process)
  const rows = (profile.process ?? []).map(
    ({ label, unit }, index) =>
      `<tr><th>${say(label)}</th><td><span id="v${index}">${moving[index] ?? ''}</span> ${say(unit)}</td></tr>`,
  )
  const table = (all: readonly string[]): string => (all.length > 0 ? `<table>${all.join('')}</table>` : '')
  const accent = /^#[0-9a-f]{3,6}$/i.test(profile.accent ?? '') ? profile.accent : '#4a5a68'
  const link =
    profile.login.kind === 'basic' ? `<p class="e"><a href="${escaped(firstAsking(profile))}">Setup</a></p>` : ''
  const error = refused ? `<p class="e">${say(profile.refusal ?? 'Invalid user name or password.')}</p>` : ''
  return `<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>${say(profile.title)}</title><style>${style(accent ?? '')}</style></head><body><h1>${say(profile.heading)}</h1>${table(facts)}${table(rows)}${error}${form(profile)}${link}${rows.length > 0 ? script(valuesPath(profile)) : ''}</body></html>\n`
}

export const statusPage = (status: number, reason: string): string =>
  `<html><head><title>${status} ${reason}</title></head><body><h1>${status} ${reason}</h1></body></html>\n`
