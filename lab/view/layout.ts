/** The whole view for a terminal of any size from 60 × 16. Pure. */
import type { Model } from './model.ts'
import { conduitPanel, containmentPanel, eventPanel, header, rule, toldLines, zonePanel } from './panels.ts'
import { invitation, summary } from './summary.ts'
import { fit, type Line } from './text.ts'
import { wirePanel } from './wire.ts'

export interface Size {
  readonly width: number
  readonly height: number
}
export const smallest: Size = { width: 60, height: 16 }
/** From this width on, up to this height, the story and the events stand side by side. */
const wide = { from: 120, to: 34 } as const
/** From this height on there is room for a picture of the plant. */
const tall = 30
/** Lines of the story that are left, whatever else there is to show. */
const fewestOfStory = 6

const beside = (a: readonly Line[], b: readonly Line[], width: number): Line[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, at) => [...fit(a[at] ?? [], width), ...(b[at] ?? [])])

const filled = (lines: readonly Line[], height: number): Line[] => [
  ...lines.slice(-height),
  ...Array.from({ length: Math.max(0, height - lines.length) }, (): Line => []),
]

/** In at most `height` lines. */
const shortened = (lines: readonly Line[], height: number): readonly Line[] =>
  lines.length <= height ? lines : [...lines.slice(0, height - 1), [[` and ${lines.length - height + 1} more`, 'dim']]]

const storyTitle = ({ chapter, figures }: Model): string =>
  figures !== undefined
    ? 'THE STORY IN FIGURES'
    : chapter === undefined
      ? ''
      : `${chapter.number}/${chapter.of} ${chapter.title}`

const storyLines = (model: Model, width: number): readonly Line[] => {
  if (model.figures === undefined) return model.told.flatMap((told) => toldLines(told, width))
  return [
    ...summary(model.figures).map((line): Line => [' ', ...line]),
    ...invitation.map((text, at): Line => [' ', [text, at === 0 ? 'dim' : 'bold']]),
  ]
}

/**
 * @param elapsedMs since the plant was started
 * @param now milliseconds since 1970
 * @returns exactly `height` lines, each of exactly `width` columns
 */
export const layout = (model: Model, size: Size, elapsedMs: number, now: number): readonly Line[] => {
  const { width, height } = size
  const zones = zonePanel(model)
  const wire = height >= tall ? wirePanel(model, width) : []
  const rest = 3 + (wire.length === 0 ? 0 : wire.length + 1) + Math.max(zones.length, 4)
  // Once the story is told its figures come first; until then it needs some lines.
  const wanted = model.figures === undefined ? fewestOfStory : storyLines(model, width).length + 1
  const top: Line[] = [
    header(model, elapsedMs, width),
    rule('', width),
    ...(wire.length === 0 ? [] : [...wire, rule('', width)]),
    ...shortened(conduitPanel(model, width), Math.max(3, height - rest - wanted)),
    rule('', width),
    ...beside(zones, containmentPanel(model, now, Math.max(4, zones.length)), 38),
  ]
  const room = Math.max(0, height - top.length)
  const bottom = width >= wide.from && height <= wide.to ? sideBySide(model, width, room) : stacked(model, width, room)
  return [...top, ...bottom].slice(0, height).map((line) => fit(line, width))
}

const sideBySide = (model: Model, width: number, room: number): readonly Line[] => {
  const half = Math.floor(width / 2)
  const title: Line = [...fit(rule(storyTitle(model), half - 1), half), ...rule('EVENTS', width - half)]
  const rows = room - 1
  return [title, ...beside(filled(storyLines(model, half - 1), rows), eventPanel(model, rows), half)]
}

/** The story gets what it needs, at least half; what is left goes to the events. */
const stacked = (model: Model, width: number, room: number): readonly Line[] => {
  const story = storyLines(model, width)
  const fewest = model.figures === undefined ? 3 : 0
  const forStory = Math.max(Math.floor((room - 2) / 2), Math.min(story.length, room - (fewest > 0 ? fewest + 2 : 1)))
  const forEvents = room - 2 - forStory
  return [
    ...(forEvents > 0 ? [rule('EVENTS', width), ...filled(eventPanel(model, forEvents), forEvents)] : []),
    rule(storyTitle(model), width),
    ...filled(story, forEvents > 0 ? forStory : room - 1),
  ]
}
