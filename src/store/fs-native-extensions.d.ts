/** What `work` uses of `fs-native-extensions`, which comes without types. */
declare module 'fs-native-extensions' {
  const extensions: {
    /** Takes the lock of an open file unless another open file has it; says whether it did. */
    tryLock(this: void, fd: number): boolean
    /** Waits in the kernel until the lock of an open file is free, then takes it. */
    waitForLock(this: void, fd: number): Promise<void>
  }
  export = extensions
}
