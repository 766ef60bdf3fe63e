import { plantMap } from '../map/layout.ts'
import { mapSvg } from '../map/svg.ts'
import { number } from '../format.ts'
import { html, type Html } from '../html.ts'
import type { Context } from '../input.ts'
import { section } from './pieces.ts'

const legend = [
  ['none', 'no commands read'],
  ['read', 'reads'],
  ['write', 'writes'],
  ['control', 'starts, stops, resets'],
  ['program', 'programs'],
  ['sign', 'sign of attack'],
] as const

export const mapSection = (context: Context): Html => {
  const map = plantMap(context)
  const silent = context.inventory.devices.filter((device) => device.silent).length
  const group = context.observed.conversations.filter(({ cast }) => cast !== 'unicast').length
  const notes = [
    ...(map.omitted > 0 ? [`${number(map.omitted)} quieter lines are left out`] : []),
    ...(silent > 0
      ? [
          `${number(silent)} ${silent === 1 ? 'address that never answered is' : 'addresses that never answered are'} left out`,
        ]
      : []),
    ...(group > 0
      ? [`broadcast and multicast (${number(group)} ${group === 1 ? 'conversation' : 'conversations'}) are not drawn`]
      : []),
  ]
  return section(
    'map',
    'Map',
    html`<p class="legend">
      ${legend.map(
        ([style, text]) =>
          html`<span
            ><svg viewBox="0 0 34 10" aria-hidden="true"><path class="e ${style}" d="M1 5H30" stroke-width="3" /></svg
            >${text}</span
          >`,
      )}<span class="quiet">wider lines carry more packets; arrows lead from who asks to who answers</span>
    </p>`,
    context.inventory.devices.length === 0
      ? html`<p class="none">No device was seen.</p>`
      : html`<div class="map-frame" tabindex="0">${mapSvg(map)}</div>`,
    notes.length === 0 ? html`` : html`<p class="note">${notes.join('; ')}.</p>`,
  )
}
