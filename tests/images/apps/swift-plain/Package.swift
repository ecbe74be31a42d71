// swift-tools-version:6.0
import PackageDescription

let package = Package(
    name: "Shop",
    products: [.executable(name: "Shop", targets: ["Shop"])],
    targets: [.executableTarget(name: "Shop", path: "Sources/Shop")]
)
