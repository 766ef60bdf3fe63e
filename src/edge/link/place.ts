/** Where an enrolled edge keeps what it needs for its manager. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

export const folderOf = (state: string): string => join(state, 'link')
export const enrolledPath = (state: string): string => join(folderOf(state), 'enrolled.json')
export const isEnrolled = (state: string): boolean => existsSync(enrolledPath(state))
