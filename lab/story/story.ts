/** The story: its chapters in order, each with what has to hold. */
import { performance } from 'node:perf_hooks'
import { Fault } from '#core/errors.ts'
import type { ChapterFigures } from '../figures.ts'
import { back } from './back.ts'
import { baseline } from './baseline.ts'
import { commands } from './commands.ts'
import { crash } from './crash.ts'
import { decoys } from './decoys.ts'
import { fleet } from './fleet.ts'
import { flood } from './flood.ts'
import { inspector } from './inspector.ts'
import { logins } from './logins.ts'
import { notPermitted } from './not-permitted.ts'
import { offline } from './offline.ts'
import { order } from './order.ts'
import { programming } from './programming.ts'
import { shuffle } from './shuffle.ts'
import { spoof } from './spoof.ts'
import { Stage, type Chapter, type Parts } from './stage.ts'
import { sweep } from './sweep.ts'

export const chapters: readonly Chapter[] = [
  baseline,
  commands,
  programming,
  inspector,
  sweep,
  notPermitted,
  spoof,
  fleet,
  offline,
  flood,
  decoys,
  logins,
  shuffle,
  order,
  back,
  crash,
]

const play = async (chapter: Chapter, parts: Parts): Promise<ChapterFigures> => {
  const stage = new Stage(parts)
  const begin = performance.now()
  try {
    await chapter.run(stage)
  } catch (error) {
    // The rest of the story still tells something; this chapter has failed.
    if (!(error instanceof Fault)) throw error
    stage.check(false, [error.message, ...error.details].join(' '))
  }
  const { id, title } = chapter
  const ok = stage.checks.length > 0 && stage.checks.every((check) => check.ok)
  return { id, title, ok, ms: Math.round(performance.now() - begin), checks: stage.checks }
}

/** Tells the story to its end; the figures are in `parts.ledger`. */
export const tellStory = async (parts: Parts): Promise<void> => {
  for (const [at, chapter] of chapters.entries()) {
    parts.tell({ type: 'chapter', number: at + 1, of: chapters.length, title: chapter.title })
    const played = await play(chapter, parts)
    parts.ledger.chapters.push(played)
    parts.tell({ type: 'chapter-end', chapter: played })
  }
}
