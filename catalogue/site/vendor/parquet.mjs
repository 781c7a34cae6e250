// all that the Explore page uses of other people's code, as one script: a Parquet reader, and zstd for its pages
export { parquetMetadataAsync, parquetReadObjects, parquetRead, parquetSchema } from "hyparquet";
export { decompress } from "fzstd";
