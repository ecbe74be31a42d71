// swift-tools-version:6.0
import PackageDescription

let package = Package(
    name: "Shop",
    products: [.executable(name: "Shop", targets: ["Shop"])],
    targets: [
        .executableTarget(name: "Shop", path: "Sources/Shop"),
        // Nothing is built of a package that lacks the folder of one of its targets.
        .testTarget(name: "ShopTests"),
    ]
)
