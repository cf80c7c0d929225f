import type { Command } from 'commander'
import type { Level } from '../../ids.ts'

/** What a value of a command line is: one of what a workstream or agents.yaml has, a folder, or text that nothing completes. */
export type ValueKind = 'stream' | 'agent' | 'part' | 'directory' | 'text' | Level

/** A command as the table of commands has it. */
export interface Entry {
  /** Its arguments, as commander writes them. */
  takes?: string
  /** The words that an argument can be, by its name: for completion and docs. The command itself checks them. */
  words?: Record<string, readonly string[]>
  /** What the values of its arguments and flags are, by name, where that differs from other commands: for completion. */
  values?: Readonly<Record<string, ValueKind>>
  /** Whether what it does is logged without `--verbose`, too: it runs something, or changes more than a report. */
  isLogged: boolean
  /** What it does, in at most 58 letters: a line of the help. */
  about: string
  /** The line that it shares with its kin in the help of all commands. */
  family?: { name: string; about: string }
  example: string
  /** It takes no `--stream`: it is about no workstream, or `-s` is its own. */
  withoutStream?: true
  /** It may run for hours: what its end takes is loaded at its beginning. */
  isLong?: true
  /** Adds flags, and what to do. The file of the command's name is loaded when it is called. */
  define: (command: Command, tools: DefineTools) => Command
}

/** Commands below one heading of the help, by name. */
export type Entries = Record<string, Entry>

/** What the definition of a command needs in addition to commander's own methods. */
export interface DefineTools {
  /** Takes what a command does, as a promise of its exit code; nothing means 0. */
  run: (work: number | void | Promise<number | void>) => Promise<void>
  /** The parser of a flag that takes a whole number in these bounds. */
  wholeNumber: (least: number, most: number) => (text: string) => number
}
