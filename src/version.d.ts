/** The package's version; the build puts it in. */
declare const WORK_VERSION: string
