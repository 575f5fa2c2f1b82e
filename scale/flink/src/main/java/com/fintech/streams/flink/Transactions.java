package com.fintech.streams.flink;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.runtime.typeutils.InternalTypeInfo;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;

/** The columns of a transaction on its way through the job, in Flink's own row format, so that nothing is converted. */
final class Transactions {
    static final int TRANSACTION_ID = 0;
    static final int CUSTOMER_ID = 1;
    static final int ACCOUNT_ID = 2;
    static final int MERCHANT_ID = 3;
    static final int MERCHANT_CATEGORY = 4;
    static final int TRANSACTION_TYPE = 5;
    static final int STATUS = 6;
    static final int RISK_LEVEL = 7;
    static final int AMOUNT = 8;
    static final int FEE = 9;
    static final int CURRENCY = 10;
    static final int CHANNEL = 11;
    static final int COUNTRY = 12;
    static final int CITY = 13;
    static final int DEVICE = 14;
    static final int IS_CROSS_BORDER = 15;
    static final int FLAGS = 16;
    static final int EVENT_MS = 17;
    static final int CHANGED_MS = 18;
    static final int COLUMNS = 19;

    /** Amounts and fees are cents; flags are never null. */
    static final DataType TYPE = DataTypes.ROW(
                    DataTypes.FIELD("transaction_id", DataTypes.STRING().notNull()),
                    DataTypes.FIELD("customer_id", DataTypes.STRING().notNull()),
                    DataTypes.FIELD("account_id", DataTypes.STRING()),
                    DataTypes.FIELD("merchant_id", DataTypes.STRING()),
                    DataTypes.FIELD("merchant_category", DataTypes.STRING()),
                    DataTypes.FIELD("transaction_type", DataTypes.STRING().notNull()),
                    DataTypes.FIELD("status", DataTypes.STRING().notNull()),
                    DataTypes.FIELD("risk_level", DataTypes.STRING().notNull()),
                    DataTypes.FIELD("amount", DataTypes.BIGINT().notNull()),
                    DataTypes.FIELD("fee", DataTypes.BIGINT().notNull()),
                    DataTypes.FIELD("currency", DataTypes.STRING()),
                    DataTypes.FIELD("channel", DataTypes.STRING()),
                    DataTypes.FIELD("country", DataTypes.STRING()),
                    DataTypes.FIELD("city", DataTypes.STRING()),
                    DataTypes.FIELD("device", DataTypes.STRING()),
                    DataTypes.FIELD("is_cross_border", DataTypes.BOOLEAN().notNull()),
                    DataTypes.FIELD("flags", DataTypes.ARRAY(DataTypes.STRING().notNull()).notNull()),
                    DataTypes.FIELD("event_ms", DataTypes.BIGINT().notNull()),
                    DataTypes.FIELD("changed_ms", DataTypes.BIGINT().notNull()))
            .notNull();

    static final InternalTypeInfo<RowData> TYPE_INFO = InternalTypeInfo.of((RowType) TYPE.getLogicalType());

    /** Event time and watermarks are those of the stream. */
    static final Schema SCHEMA = Schema.newBuilder()
            .fromRowDataType(TYPE)
            .columnByMetadata("rowtime", "TIMESTAMP_LTZ(3)")
            .watermark("rowtime", "SOURCE_WATERMARK()")
            .build();

    private Transactions() {}
}
