// swift-tools-version: 6.2
//
// Style: targets stand in the order of the data, each followed by nothing it may not use; one dependency
// per line. A target uses only targets above it; the build refuses anything else
// (`--explicit-target-dependency-import-check error`, see Scripts/test.sh).

import PackageDescription

/// What every Swift target of ours is compiled with.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let package = Package(
  name: "catalog-crawler",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "catalog-crawler", targets: ["CatalogCrawler"]),
    .executable(name: "catalog-benchmark", targets: ["CatalogBenchmark"]),
    .executable(name: "azure-simulator", targets: ["AzureSimulatorCommand"]),
  ],
  dependencies: [
    // SQLite with a writer, many readers, migrations and prepared statements; links the system's library.
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    // Commands, options, help texts.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // What the service and Hummingbird log through.
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    // SHA-1 (git object ids) and SHA-256 (entity versions).
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    // The HTTP server of the service and of the simulator.
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    // Makes the pages from templates in which every value is escaped unless a template says otherwise.
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    // Starts and stops what the service is made of, in order.
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    // What libraries count with; our own factory writes it as Prometheus reads it. Comes with Hummingbird.
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    // Header names and statuses; comes with Hummingbird.
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    // Raw buffers of answers; comes with Hummingbird.
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    // The simulator's sign-in service is reached over TLS, as the real one: its certificates, and TLS itself.
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.3"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
  ],
  targets: [
    // The C libraries

    .systemLibrary(
      name: "CCurl",
      pkgConfig: "libcurl",
      providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]
    ),
    .systemLibrary(
      name: "CYAML",
      pkgConfig: "yaml-0.1",
      providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]
    ),
    // Deflate, for the zip files that many blobs come in, and for the simulator to make such files and gzip.
    // libcurl needs the library anyway, so that no machine has one more.
    .systemLibrary(
      name: "CZlib",
      pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]
    ),

    // What Swift does not see of the system's calls for files.
    .systemLibrary(name: "CFiles"),

    // YAML

    .target(
      name: "YAML",
      dependencies: ["CYAML"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "YAMLTests",
      dependencies: ["YAML", "TestSupport"],
      swiftSettings: settings
    ),

    // Locks

    .target(
      name: "Locks",
      swiftSettings: settings
    ),

    // Transport

    .target(
      name: "Transport",
      dependencies: ["CCurl", "Locks"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "TransportTests",
      dependencies: ["CCurl", "TestSupport", "Transport"],
      swiftSettings: settings
    ),

    // Settings

    .target(
      name: "Settings",
      dependencies: [
        "YAML",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: settings
    ),
    .testTarget(
      name: "SettingsTests",
      dependencies: ["Settings", "TestSupport"],
      swiftSettings: settings
    ),

    // Credentials

    .target(
      name: "Credentials",
      dependencies: [
        "Locks",
        "Settings",
        "Transport",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: settings
    ),
    .testTarget(
      name: "CredentialsTests",
      dependencies: ["Credentials", "Settings", "Transport", "TestSupport"],
      swiftSettings: settings
    ),

    // AzureDevOps

    .target(
      name: "AzureDevOps",
      dependencies: [
        "CZlib",
        "Credentials",
        "Locks",
        "Settings",
        "Transport",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: settings
    ),
    .testTarget(
      name: "AzureDevOpsTests",
      dependencies: ["AzureDevOps", "Credentials", "Settings", "Transport", "TestSupport"],
      swiftSettings: settings
    ),

    // Catalog

    .target(
      name: "Catalog",
      dependencies: [
        "YAML",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: settings
    ),
    .testTarget(
      name: "CatalogTests",
      dependencies: ["Catalog", "TestSupport"],
      swiftSettings: settings
    ),

    // Reporting

    .target(
      name: "Reporting",
      dependencies: ["CFiles", "YAML"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "ReportingTests",
      dependencies: ["Reporting", "TestSupport", "YAML"],
      swiftSettings: settings
    ),

    // Validation

    .target(
      name: "Validation",
      dependencies: ["Catalog", "Reporting"],
      swiftSettings: settings
    ),
    .testTarget(
      name: "ValidationTests",
      dependencies: ["Catalog", "Validation", "TestSupport"],
      swiftSettings: settings
    ),

    // Migrations

    .target(
      name: "Migrations",
      path: "Migrations",
      resources: [
        .embedInCode("0001_create_the_catalog.sql"),
        .embedInCode("0002_follow_locations.sql"),
        .embedInCode("0004_confirm_removals.sql"),
        .embedInCode("0003_lease_crawls.sql"),
        .embedInCode("0005_keep_history.sql"),
        .embedInCode("0006_report_views.sql"),
        .embedInCode("0007_remember_moves.sql"),
        .embedInCode("0008_pace_refreshes.sql"),
        .embedInCode("0009_note_additions.sql"),
        .embedInCode("0010_follow_the_lease.sql"),
        .embedInCode("0011_note_failed_visits.sql"),
        .embedInCode("0012_take_requests.sql"),
        .embedInCode("0013_keep_lines.sql"),
        .embedInCode("0014_note_waits.sql"),
        .embedInCode("0015_number_versions.sql"),
      ],
      swiftSettings: settings
    ),

    // CatalogStore

    .target(
      name: "CatalogStore",
      dependencies: [
        "Catalog",
        "Locks",
        "Migrations",
        "Reporting",
        "YAML",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: settings
    ),
    .testTarget(
      name: "CatalogStoreTests",
      dependencies: [
        "Catalog",
        "CatalogStore",
        "Migrations",
        "Reporting",
        "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ],
      swiftSettings: settings
    ),

    // Crawl

    .target(
      name: "Crawl",
      dependencies: [
        "AzureDevOps",
        "Catalog",
        "CatalogStore",
        "Credentials",
        "Locks",
        "Settings",
        "Transport",
        "YAML",
      ],
      swiftSettings: settings
    ),
    .testTarget(
      name: "CrawlTests",
      dependencies: [
        "AzureDevOps",
        "Catalog",
        "CatalogStore",
        "Crawl",
        "Credentials",
        "Settings",
        "TestSupport",
        "Transport",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: settings
    ),

    // CatalogServer

    .target(
      name: "CatalogServer",
      dependencies: [
        "AzureDevOps",
        "CZlib",
        "Catalog",
        "CatalogStore",
        "Crawl",
        "Credentials",
        "Locks",
        "Reporting",
        "Settings",
        "Transport",
        "YAML",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "Mustache", package: "swift-mustache"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      resources: [
        .embedInCode("Pages/Assets/icon.svg"),
        .embedInCode("Pages/Assets/pages.css"),
        .embedInCode("Pages/Assets/pages.js"),
        .embedInCode("Pages/Templates/catalog.mustache"),
        .embedInCode("Pages/Templates/crawl.mustache"),
        .embedInCode("Pages/Templates/crawls.mustache"),
        .embedInCode("Pages/Templates/crawltable.mustache"),
        .embedInCode("Pages/Templates/entity.mustache"),
        .embedInCode("Pages/Templates/failure.mustache"),
        .embedInCode("Pages/Templates/layout.mustache"),
        .embedInCode("Pages/Templates/live.mustache"),
        .embedInCode("Pages/Templates/moment.mustache"),
        .embedInCode("Pages/Templates/overview.mustache"),
        .embedInCode("Pages/Templates/pager.mustache"),
        .embedInCode("Pages/Templates/problem.mustache"),
        .embedInCode("Pages/Templates/problems.mustache"),
        .embedInCode("Pages/Templates/refresh.mustache"),
        .embedInCode("Pages/Templates/repositories.mustache"),
        .embedInCode("Pages/Templates/shown.mustache"),
      ],
      swiftSettings: settings
    ),
    .testTarget(
      name: "CatalogServerTests",
      dependencies: [
        "AzureDevOps",
        "AzureSimulator",
        "Catalog",
        "CatalogServer",
        "CatalogStore",
        "Crawl",
        "Credentials",
        "Settings",
        "TestSupport",
        "Transport",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
      ],
      swiftSettings: settings
    ),

    // The program

    .executableTarget(
      name: "CatalogCrawler",
      dependencies: [
        "AzureDevOps",
        "Catalog",
        "CatalogServer",
        "CatalogStore",
        "Crawl",
        "Credentials",
        "Locks",
        "Reporting",
        "Settings",
        "Transport",
        "Validation",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Metrics", package: "swift-metrics"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: settings
    ),

    // Measures a database of many entities; run by Scripts/benchmark.sh only

    .executableTarget(
      name: "CatalogBenchmark",
      dependencies: [
        "Catalog",
        "CatalogServer",
        "CatalogStore",
        "Crawl",
        "Reporting",
        "Settings",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: settings
    ),

    // The simulator, which shares nothing with the above

    .target(
      name: "AzureSimulator",
      dependencies: [
        "CZlib",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
      ],
      swiftSettings: settings
    ),
    .testTarget(
      name: "AzureSimulatorTests",
      dependencies: [
        "AzureSimulator",
        "TestSupport",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: settings
    ),
    .executableTarget(
      name: "AzureSimulatorCommand",
      dependencies: [
        "AzureSimulator",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: settings
    ),

    // Tests of the whole

    .target(
      name: "TestSupport",
      path: "Tests/TestSupport",
      swiftSettings: settings
    ),
    .executableTarget(
      name: "StalenessBenchmark",
      dependencies: ["Crawl", "TestSupport"],
      path: "Scripts/benchmark/staleness",
      swiftSettings: settings
    ),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "AzureDevOps",
        "AzureSimulator",
        "CatalogStore",
        "Crawl",
        "Credentials",
        "Reporting",
        "Settings",
        "Transport",
        "TestSupport",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: settings
    ),
  ]
)
