/** The map as SVG: what it shows is in {@link plantMap}, how it looks here and in `style.ts`. */
import { severityOf } from '../../assess/risk.ts'
import { clip, counted, elided, levelName, number } from '../format.ts'
import { html, type Html } from '../html.ts'
import type { Lane, MapEdge, MapNode, PlantMap } from './layout.ts'

/** Units of the drawing. */
const width = 1120
const labelWidth = 122
const node = { width: 158, height: 58, across: 8, down: 24 } as const
const lanePadding = 26
const perRow = Math.floor((width - labelWidth) / (node.width + node.across))

interface Place {
  readonly x: number
  readonly y: number
  readonly lane: number
  readonly row: number
}

interface Placed {
  readonly height: number
  readonly tops: readonly { readonly lane: Lane; readonly y: number; readonly height: number }[]
  readonly places: ReadonlyMap<string, Place>
}

const placedOf = ({ lanes }: PlantMap): Placed => {
  const places = new Map<string, Place>()
  const tops: { lane: Lane; y: number; height: number }[] = []
  let y = 0
  for (const [laneAt, lane] of lanes.entries()) {
    const rows = Math.max(1, Math.ceil(lane.nodes.length / perRow))
    const inRow = Math.ceil(lane.nodes.length / rows)
    const height = lanePadding * 2 + rows * node.height + (rows - 1) * node.down
    tops.push({ lane, y, height })
    for (const [at, one] of lane.nodes.entries()) {
      const row = Math.floor(at / inRow)
      const count = Math.min(inRow, lane.nodes.length - row * inRow)
      const space = (width - labelWidth) / count
      places.set(one.id, {
        x: labelWidth + space * (at - row * inRow) + space / 2,
        y: y + lanePadding + row * (node.height + node.down) + node.height / 2,
        lane: laneAt,
        row,
      })
    }
    y += height
  }
  return { height: y, tops, places }
}

const round = (value: number): number => Math.round(value * 10) / 10

/** `write`, `control` …: the class of the edge's style. */
const styleOf = ({ risk, suspicious }: MapEdge): string =>
  suspicious
    ? 'sign'
    : risk === undefined || risk === 'session' || risk === 'discover'
      ? 'none'
      : risk === 'file'
        ? 'read'
        : risk

/** Ends of edges are spread over the side of a node, in the order of where they lead. */
const spread = (edges: readonly MapEdge[], places: ReadonlyMap<string, Place>): ReadonlyMap<string, number> => {
  const ends = new Map<string, { key: string; toward: number }[]>()
  for (const { from, to } of edges)
    for (const [own, other] of [
      [from, to],
      [to, from],
    ] as const) {
      const [mine, theirs] = [places.get(own), places.get(other)]
      if (mine === undefined || theirs === undefined) continue
      const side = `${own} ${mine.y <= theirs.y && !(mine.y === theirs.y) ? 'below' : 'above'}`
      ends.set(side, [...(ends.get(side) ?? []), { key: `${own}\n${from}\n${to}`, toward: theirs.x }])
    }
  const offsets = new Map<string, number>()
  for (const list of ends.values()) {
    const step = Math.min(14, (node.width - 24) / Math.max(1, list.length - 1))
    for (const [at, { key }] of list.toSorted((a, b) => a.toward - b.toward).entries())
      offsets.set(key, (at - (list.length - 1) / 2) * step)
  }
  return offsets
}

/** A curve from the side of one node to the facing side of the other; over the top when they stand side by side. */
const pathOf = (
  edge: MapEdge,
  places: ReadonlyMap<string, Place>,
  offsets: ReadonlyMap<string, number>,
): string | undefined => {
  const [from, to] = [places.get(edge.from), places.get(edge.to)]
  if (from === undefined || to === undefined) return undefined
  const startX = round(from.x + (offsets.get(`${edge.from}\n${edge.from}\n${edge.to}`) ?? 0))
  const endX = round(to.x + (offsets.get(`${edge.to}\n${edge.from}\n${edge.to}`) ?? 0))
  const half = node.height / 2
  if (from.y === to.y) {
    const [top, lift] = [round(from.y - half), Math.min(26, 12 + Math.abs(endX - startX) / 40)]
    return `M${startX} ${top}C${startX} ${round(top - lift)} ${endX} ${round(top - lift)} ${endX} ${round(top - 3)}`
  }
  const down = from.y < to.y ? 1 : -1
  const [startY, endY] = [round(from.y + half * down), round(to.y - (half + 3) * down)]
  const bend = round(Math.max(24, Math.abs(endY - startY) * 0.45)) * down
  return `M${startX} ${startY}C${startX} ${round(startY + bend)} ${endX} ${round(endY - bend)} ${endX} ${endY}`
}

const edgeTitle = (edge: MapEdge, names: ReadonlyMap<string, string>): string => {
  const ops = [...new Set(edge.conversations.flatMap(({ commands }) => commands.map(({ op }) => op)))]
  const services = [
    ...new Set(
      edge.conversations.map(({ protocol, transport, port }) => protocol ?? `${transport ?? ''}/${port ?? ''}`),
    ),
  ]
  const said = ops.length === 0 ? services : ops
  return `${names.get(edge.from) ?? ''} → ${names.get(edge.to) ?? ''}: ${counted(edge.packets, 'packet')}; ${clip(said.slice(0, 6).join(', '), 160)}${edge.suspicious ? '; sign of attack' : ''}`
}

const edgeOf = (
  edge: MapEdge,
  placed: Placed,
  offsets: ReadonlyMap<string, number>,
  names: ReadonlyMap<string, string>,
): Html => {
  const path = pathOf(edge, placed.places, offsets)
  if (path === undefined) return html``
  const style = styleOf(edge)
  const thick = round(1.1 + Math.min(4.4, Math.log10(Math.max(1, edge.packets)) * 0.75))
  return html`<path class="e ${style}" d="${path}" stroke-width="${thick}" marker-end="url(#to-${style})"
    ><title>${edgeTitle(edge, names)}</title></path
  >`
}

/** Letters of a title that have room in any common font; longer ones are drawn as narrow as it takes. */
const roomy = 17
const longestTitle = 25

const titleOf = (one: MapNode, x: number, y: number): Html => {
  const text = elided(one.title, one.suspect ? longestTitle - 4 : longestTitle)
  const room = node.width - (one.suspect ? 40 : 20)
  return text.length <= (one.suspect ? roomy - 3 : roomy)
    ? html`<text class="t" x="${x}" y="${y}">${text}</text>`
    : html`<text class="t" x="${x}" y="${y}" textLength="${room}" lengthAdjust="spacingAndGlyphs">${text}</text>`
}

const nodeOf = (one: MapNode, { x, y }: Place): Html => {
  const [left, top] = [round(x - node.width / 2), round(y - node.height / 2)]
  const group = one.devices.length > 1
  const severity = severityOf(one.risk)
  const names = one.devices.slice(0, 12).map(({ id }) => id)
  const title = `${one.title} (${one.lines.join(', ')})${group ? `: ${names.join(', ')}${one.devices.length > names.length ? ', …' : ''}` : ''}; risk ${one.risk} of 100`
  return html`<g class="n${one.suspect ? ' suspect' : ''}"
    ><title>${title}</title
    >${group ? html`<rect class="back" x="${left + 4}" y="${top + 4}" width="${node.width}" height="${node.height}" rx="7" />` : ''}<rect
      class="box"
      x="${left}"
      y="${top}"
      width="${node.width}"
      height="${node.height}"
      rx="7"
    />${severity === 'info' ? '' : html`<rect class="bar ${severity}" x="${left}" y="${top}" width="5" height="${node.height}" rx="2.5" />`}${titleOf(one, left + 13, top + 20)}${one.lines.map((line, at) => html`<text class="s" x="${left + 13}" y="${top + 35 + at * 14}">${clip(line, 25)}</text>`)}${one.suspect ? html`<circle class="alarm" cx="${left + node.width - 13}" cy="${top + 15}" r="7.5" /><text class="alarm-mark" x="${left + node.width - 13}" y="${top + 19}">!</text>` : ''}</g
  >`
}

const markers = ['none', 'read', 'write', 'control', 'program', 'sign'].map(
  (style) =>
    html`<marker
      id="to-${style}"
      viewBox="0 0 8 8"
      refX="6"
      refY="4"
      markerWidth="9"
      markerHeight="9"
      markerUnits="userSpaceOnUse"
      orient="auto"
      ><path class="a ${style}" d="M0 0.6L7.4 4L0 7.4z"
    /></marker>`,
)

const laneOf = ({ lane, y, height }: Placed['tops'][number], at: number): Html => {
  const count = lane.nodes.reduce((sum, { devices }) => sum + devices.length, 0)
  return html`<g
    ><rect class="lane ${at % 2 === 0 ? 'even' : 'odd'}" x="0" y="${y}" width="${width}" height="${height}" /><text
      class="level"
      x="14"
      y="${y + height / 2 - 8}"
      >${lane.level >= 5 ? 'Outside' : `Level ${lane.level}`}</text
    ><text class="name" x="14" y="${y + height / 2 + 9}">${clip(levelName(lane.level), 20)}</text
    ><text class="name" x="14" y="${y + height / 2 + 25}"
      >${number(count)} ${count === 1 ? 'device' : 'devices'}</text
    ></g
  >`
}

/** The drawing alone; it needs the styles of the page. */
export const mapSvg = (map: PlantMap): Html => {
  const placed = placedOf(map)
  const offsets = spread(map.edges, placed.places)
  const nodes = map.lanes.flatMap((lane) => lane.nodes)
  const names = new Map(nodes.map(({ id, title }) => [id, title]))
  // What matters most is drawn last, so that it lies on top.
  const edges = map.edges.toReversed().map((edge) => edgeOf(edge, placed, offsets, names))
  return html`<svg
    class="map"
    viewBox="0 0 ${width} ${Math.max(60, placed.height)}"
    role="img"
    aria-label="Devices by level, and who talks to whom"
  >
    <defs>${markers}</defs>
    ${placed.tops.map(laneOf)}
    <g class="edges">${edges}</g>
    ${nodes.map((one) => {
      const place = placed.places.get(one.id)
      return place === undefined ? html`` : nodeOf(one, place)
    })}
  </svg>`
}
