import Foundation

// The smallest web service that Swift and the C library alone can be.
signal(SIGTERM) { _ in exit(0) }
let port = UInt16(ProcessInfo.processInfo.environment["PORT"] ?? "8080") ?? 8080
let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
var address = sockaddr_in()
address.sin_family = sa_family_t(AF_INET)
address.sin_port = port.bigEndian
let bound = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
}
guard bound == 0, listen(listener, 64) == 0 else { exit(1) }
let text = "Hello from swift-plain\n"
let answer = Array("HTTP/1.0 200 OK\r\ncontent-length: \(text.utf8.count)\r\n\r\n\(text)".utf8)
var request = [UInt8](repeating: 0, count: 4096)
while true {
    let client = accept(listener, nil, nil)
    _ = read(client, &request, request.count)
    _ = write(client, answer, answer.count)
    close(client)
}
