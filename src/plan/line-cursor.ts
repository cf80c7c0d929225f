/**
 * A place in a line of Markdown that knows its column, since a tab is as wide as the way to the next column that 4
 * divides, and may be taken in part.
 */
export class LineCursor {
  readonly #source: string
  readonly #end: number
  #at: number
  #column = 0
  /** Columns left of a tab that was taken in part. */
  #spare = 0
  /** Columns of white space from here, and the offset behind it. */
  #indent = 0
  #textStart = 0

  constructor(source: string, start: number, end: number) {
    this.#source = source
    this.#at = start
    this.#end = end
    this.#measure()
  }

  /** The offset of the place. */
  get at(): number {
    return this.#at
  }

  /** How many columns of white space come next. */
  get indent(): number {
    return this.#indent
  }

  /** The offset of the first character that is not white space. */
  get textStart(): number {
    return this.#textStart
  }

  get isBlank(): boolean {
    return this.#textStart === this.#end
  }

  /** The rest of the line behind the white space. */
  get text(): string {
    return this.#source.slice(this.#textStart, this.#end)
  }

  /** Takes as many columns of white space as there are, at most `count`. */
  takeColumns(count: number): void {
    let left = Math.min(count, this.#indent)
    while (left > 0) {
      if (this.#spare === 0) {
        this.#spare = this.#source[this.#at] === '\t' ? 4 - (this.#column % 4) : 1
        this.#at += 1
      }
      const taken = Math.min(left, this.#spare)
      this.#spare -= taken
      this.#column += taken
      this.#indent -= taken
      left -= taken
    }
  }

  /** Takes the white space and so many characters of the text behind it. */
  takeText(length: number): void {
    this.takeColumns(this.#indent)
    this.#at += length
    this.#column += length
    this.#measure()
  }

  #measure(): void {
    let [at, column] = [this.#at, this.#column]
    for (; at < this.#end; at += 1) {
      const character = this.#source[at]
      if (character !== ' ' && character !== '\t') break
      column += character === '\t' ? 4 - (column % 4) : 1
    }
    this.#indent = column - this.#column
    this.#textStart = at
  }
}
