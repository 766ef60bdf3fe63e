import { kindNames } from '../../assess/kinds.ts'
import type { Concluded, Device } from '../../model.ts'
import { number } from '../format.ts'
import { html, type Html } from '../html.ts'
import type { Context } from '../input.ts'
import { more, riskBadge, section, table } from './pieces.ts'

const most = 1500

const sure = ({ confidence }: Concluded<unknown>): Html =>
  confidence >= 0.75 ? html`` : html` <span class="quiet">${Math.round(confidence * 100)} %</span>`

const product = ({ vendor, model, firmware, serial }: Device): Html => {
  const lines = [
    vendor?.value,
    model?.value,
    firmware === undefined ? undefined : `firmware ${firmware.value}`,
    serial === undefined ? undefined : `serial ${serial.value}`,
  ]
  const known = lines.filter((line) => line !== undefined)
  return known.length === 0
    ? html`<span class="quiet">not known</span>`
    : html`${known.map((line, at) => html`${at === 0 ? '' : html`<br />`}${line}`)}`
}

const reasons = ({ kind, level, criticality, vendor, model }: Device): readonly string[] =>
  [...new Set([kind, level, criticality, vendor, model].flatMap((one) => one?.because ?? []))].slice(0, 8)

const rowOf = (device: Device, { exposure, times }: Context): Html => {
  const risk = exposure.devices.get(device.id)
  const why = reasons(device)
  return html`<tr>
    <td>
      <b>${device.told?.name ?? device.id}</b
      >${device.hostnames.slice(0, 3).map((name) => html`<br /><span class="quiet">${name}</span>`)}${
        why.length === 0
          ? ''
          : html`<details class="why">
              <summary>why</summary>
              ${why.map((text) => html`<span>${text}</span>`)}
            </details>`
      }
    </td>
    <td>${risk === undefined ? html`<span class="quiet">–</span>` : riskBadge(risk.risk)}</td>
    <td>${kindNames[device.kind.value]}${sure(device.kind)}</td>
    <td>${device.level.value}${sure(device.level)}</td>
    <td class="address">
      ${device.ips.slice(0, 4).map((ip) => html`<span>${ip}</span>`)}${device.macs.slice(0, 2).map((mac) => html`<span class="quiet">${mac}</span>`)}${device.behind === undefined ? '' : html`<span class="quiet">behind ${device.behind}</span>`}${device.vlan === 0 ? '' : html`<span class="quiet">VLAN ${device.vlan}</span>`}
    </td>
    <td>${product(device)}</td>
    <td>
      ${device.criticality.value}${device.told?.owner === undefined ? html`<br /><span class="quiet">no owner yet</span>` : html`<br /><span class="quiet">${device.told.owner}</span>`}
    </td>
    <td class="time">
      ${times.minute(device.first)}<br />${times.minute(device.last)}<br /><span class="quiet"
        >${device.silent ? 'never answered' : html`sent ${number(device.sent)}, got ${number(device.received)}`}</span
      >
    </td>
  </tr>`
}

export const inventorySection = (context: Context): Html => {
  const risk = (device: Device): number => context.exposure.devices.get(device.id)?.risk ?? -1
  const devices = context.inventory.devices.toSorted(
    (a, b) =>
      Number(a.silent) - Number(b.silent) ||
      b.level.value - a.level.value ||
      risk(b) - risk(a) ||
      (a.id < b.id ? -1 : 1),
  )
  return section(
    'inventory',
    'Inventory',
    html`<p>
      Every device that was seen, and what it said of itself. A percentage stands where a conclusion is not certain.
    </p>`,
    table(
      [
        'Device',
        'Risk',
        'Kind',
        'Level',
        'Address',
        'Vendor, model, firmware',
        'Criticality, owner',
        `First and last (${context.times.zone}), packets`,
      ],
      devices.slice(0, most).map((device) => rowOf(device, context)),
      { filter: 'devices' },
    ),
    more(devices.length, most, 'device'),
  )
}
