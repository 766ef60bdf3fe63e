import { createHash } from 'node:crypto'
import { exposuresOf } from '../assess/exposure.ts'
import { spanOf } from '../span.ts'
import { bytes, number, timesIn } from './format.ts'
import { html, own, type Html } from './html.ts'
import type { Context, ReportInput } from './input.ts'
import { controlPage } from './readers/control.ts'
import { managementPage } from './readers/management.ts'
import { operationsPage } from './readers/operations.ts'
import { securityPage } from './readers/security.ts'
import { script } from './script.ts'
import { conversationsSection } from './sections/conversations.ts'
import { enforcementSection } from './sections/enforcement.ts'
import { findingsSection } from './sections/findings.ts'
import { inventorySection } from './sections/inventory.ts'
import { mapSection } from './sections/map.ts'
import { policySection } from './sections/policy.ts'
import { recordingsSection } from './sections/recordings.ts'
import { summary } from './sections/summary.ts'
import { style } from './style.ts'

const contextOf = (input: ReportInput): Context => {
  const { inventory, findings, signs } = input
  const exposure = exposuresOf(inventory, findings)
  return {
    ...input,
    times: timesIn(input.timezone ?? 'UTC'),
    exposure: { devices: new Map(exposure.devices.map((one) => [one.name, one])), zones: exposure.zones },
    nameOf: (vlan, address) => {
      const device = inventory.at(vlan, address)
      return device?.told?.name ?? device?.id ?? address
    },
    deviceAt: (vlan, address) => inventory.at(vlan, address),
    suspicious: new Set(signs.flatMap(({ conversations, commands }) => [...conversations, ...commands])),
  }
}

const readers = [
  {
    id: 'security',
    title: 'Security',
    lead: 'What is exposed, what was attacked, what to do first.',
    page: securityPage,
  },
  {
    id: 'management',
    title: 'Plant management',
    lead: 'What could stop production, what protection costs, what only you can decide.',
    page: managementPage,
  },
  {
    id: 'control',
    title: 'Control engineering',
    lead: 'Who reads, writes and programs your controllers.',
    page: controlPage,
  },
  {
    id: 'operations',
    title: 'Operations',
    lead: 'What stays as it is, what would be stopped, and what to do then.',
    page: operationsPage,
  },
] as const

const readerPages = (context: Context): Html =>
  html`<div class="readers">
    <div class="tabs" role="tablist" aria-label="Pages for readers"></div>
    ${readers.map(
      ({ id, title, lead, page }) =>
        html`<section id="${id}" class="reader">
          <h2>${title}</h2>
          <p class="lead">${lead}</p>
          ${page(context)}
        </section>`,
    )}
  </div>`

const header = ({ observed, site, now, times }: Context): Html => {
  const packets = observed.captures.reduce((sum, capture) => sum + capture.packets, 0)
  const size = observed.captures.reduce((sum, capture) => sum + capture.bytes, 0)
  const skipped = observed.captures.filter((capture) => capture.skipped.length > 0).length
  const { first, last } = spanOf(observed.captures)
  const count = observed.captures.length
  const seen =
    count === 0
      ? 'Nothing was recorded.'
      : `${number(count)} ${count === 1 ? 'recording' : 'recordings'}, ${number(packets)} packets (${bytes(size)})${packets === 0 ? '' : `, ${times.minute(first)} to ${times.minute(last)} ${times.zone}`}${skipped === 0 ? '' : `; in ${number(skipped)} of them something could not be read`}`
  return html`<header>
    <p class="brand">Bulkhead <span>discovery report</span></p>
    <h1>${site ?? 'The plant'}: who talks to whom, and what that means</h1>
    <p class="seen">${seen}</p>
    <p class="made">
      Made ${times.minute(now)} ${times.zone}. This page is complete in itself: it loads nothing, and can be printed or
      sent as one file.
    </p>
  </header>`
}

const navigation = ({ policy, simulation }: Context): Html => {
  const links = [
    ['answer', 'Answer'],
    ['map', 'Map'],
    ...readers.map(({ id, title }) => [id, title] as const),
    ['findings', 'Findings'],
    ['inventory', 'Inventory'],
    ['conversations', 'Conversations'],
    ...(policy === undefined ? [] : ([['policy', 'Policy']] as const)),
    ...(simulation === undefined ? [] : ([['enforcement', 'Enforcement']] as const)),
    ['recordings', 'Recordings'],
  ] as const
  return html`<nav aria-label="Parts of this report">
    ${links.map(([id, title]) => html`<a href="#${id}">${title}</a>`)}
  </nav>`
}

/** Its text exactly: the hash is of nothing more and nothing less. */
const element = (name: 'style' | 'script', text: string): Html => own(`<${name}>${text}</${name}>`)

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/**
 * The report as one HTML page that fetches nothing: `Content-Security-Policy` forbids it, and lets its own script and styles pass by
 * their hashes alone. The same input gives the same text.
 * @throws RangeError when there is no such time zone
 */
export const reportHtml = (input: ReportInput): string => {
  const context = contextOf(input)
  const policy = `default-src 'none'; img-src data:; style-src ${hash(style)}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'`
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${own(policy)}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="referrer" content="no-referrer" />
      <link rel="icon" href="data:," />
      <title>${input.site ?? 'Plant'}: discovery report</title>
      ${element('style', style)}
    </head>
    <body>
      ${header(context)}${navigation(context)}
      <main>
        ${summary(context)}${mapSection(context)}${readerPages(context)}${findingsSection(context)}${inventorySection(context)}${conversationsSection(context)}${policySection(context)}${enforcementSection(context)}${recordingsSection(context)}
      </main>
      <footer>Bulkhead discovery report${input.site === undefined ? '' : html`, ${input.site}`}</footer>
      ${element('script', script)}
    </body>
  </html>`
  return `<!doctype html>\n${page.markup}\n`
}
