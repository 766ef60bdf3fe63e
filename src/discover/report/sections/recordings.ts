import type { Capture } from '../../model.ts'
import { bytes, counted, number } from '../format.ts'
import { html, type Html } from '../html.ts'
import type { Context } from '../input.ts'
import { list, section, table } from './pieces.ts'

const most = 500

const skips = ({ skipped }: Capture): Html =>
  skipped.length === 0
    ? html`<span class="quiet">nothing</span>`
    : html`<ul class="commands">
        ${skipped.slice(0, 12).map(({ why, packets, at, bytes: size }) => html`<li>${why}${packets === undefined ? '' : html`, ${counted(packets, 'packet')}`}${size === undefined ? '' : html`, ${bytes(size)}`}${at === undefined ? '' : html`, from byte ${number(at)}`}</li>`)}${skipped.length > 12 ? html`<li>and ${skipped.length - 12} more</li>` : ''}
      </ul>`

export const recordingsSection = ({ observed, baseline, times }: Context): Html =>
  section(
    'recordings',
    'What was observed',
    list(baseline.text, 'Nothing was observed.'),
    table(
      ['Recording', `From (${times.zone})`, 'To', 'Packets', 'Bytes', 'Not read', 'SHA-256'],
      observed.captures.slice(0, most).map(
        (capture) =>
          html`<tr>
            <td><b>${capture.name}</b></td>
            <td class="time">${times.second(capture.first)}</td>
            <td class="time">${times.second(capture.last)}</td>
            <td class="num">${number(capture.packets)}</td>
            <td class="num">${bytes(capture.bytes)}</td>
            <td>${skips(capture)}</td>
            <td class="digest">${capture.digest}</td>
          </tr>`,
      ),
    ),
    observed.limits.length === 0
      ? html``
      : html`<h3>Put together because there was so much of it</h3>
          ${list(observed.limits, '')}`,
  )
